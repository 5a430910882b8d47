#!/usr/bin/python3
# mailfromd.py WORK(0|1|2) TABLE >SCRIPT.mfl: the policy of w2core.h in GNU mailfromd's language.
import sys
work, table = int(sys.argv[1]), sys.argv[2]
out = print
if work == 0:
    out('prog eom\ndo\n  continue\ndone'); sys.exit()
if work == 1:
    for h in ('connect','helo','envfrom','envrcpt','data','header','eoh','body','eom'):
        out('prog %s\ndo\n  continue\ndone' % h)
    sys.exit()
dom = open(table).read().split()
lits = ['click here to unsubscribe','act now','wire transfer','X5O!P%@AP','bitcoin wallet','verify your account','100% free','winner','confidential business proposal','no obligation']
cidr = [('10.0.0.0',8),('172.16.0.0',12),('192.168.0.0',16),('127.0.0.0',8),('198.51.100.0',24)]
out('#pragma regex +extended +icase\n#pragma stacksize 65536')
out('require status')
for v in ('local','heloz','fromz','rcptz','hitz','hdrz','subjz','bytez','litz'):
    out('number %s 0' % v)
for i,(n,l) in enumerate(cidr):
    m = (0xffffffff << (32-l)) & 0xffffffff
    a,b,c,d = map(int,n.split('.'))
    out('const net%d %d\nconst msk%d %d' % (i, a<<24|b<<16|c<<8|d, i, m))
out("const domtab ';" + ';'.join(dom) + ";'")
lookup = '''  if index(domtab, ";" . d . ";") >= 0
    set hitz hitz + 1
  fi'''
out('''prog connect
do
  number ip inet_aton($4)
  set local 0''')
for i in range(5):
    out('  if (ip & msk%d) = net%d\n    set local 1\n  fi' % (i,i))
out('''  continue
done
prog helo
do
  if $1 matches '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$'
    set heloz 1
  else
    set heloz 0
  fi
  continue
done
prog envfrom
do
  set rcptz 0
  set hitz 0
  set hdrz 0
  set subjz 0
  set bytez 0
  set litz 0
  if $1 matches '^<?[-a-z0-9._%+=]+@([-a-z0-9]+\\.)+[a-z]{2,}>?$'
    set fromz 1
  else
    set fromz 0
  fi
  continue
done
prog envrcpt
do
  string d tolower(domainpart(dequote($1)))
  set rcptz rcptz + 1
''' + lookup + '''
  continue
done
prog data
do
  continue
done
prog header
do
  set hdrz hdrz + 1
  if tolower($1) = 'subject\'''')
for r in ('viagra|cialis|v1agra','(^|[^a-z])free[[:space:]]+money([^a-z]|$)','^(re|fwd?):[[:space:]]','[[:digit:]]{6,}','lottery.*(win|won|winner)'):
    out("    if $2 matches '%s'\n      set subjz subjz + 1\n    fi" % r)
out('''  fi
  continue
done
prog eoh
do
  continue
done
prog body
do
  string t body_string($1,$2)
  set bytez bytez + $2''')
for l in lits:
    out("  if index(t, '%s') >= 0\n    set litz litz + 1\n  fi" % l)
out('''  continue
done
prog eom
do
  header_add('X-Perf', sprintf('local=%d helo=%d from=%d rcpt=%d/%d hdrs=%d subj=%d bytes=%d hits=%d', local, heloz, fromz, hitz, rcptz, hdrz, subjz, bytez, litz))
  continue
done''')
