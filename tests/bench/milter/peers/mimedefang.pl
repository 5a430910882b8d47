# The policy of w2core.h for MIMEDefang, all of it at the end of a message; WORK=1: nothing.
use Socket;
my $work = ($ENV{WORK} // 2);
$AdminAddress = 'postmaster@localhost'; $DaemonAddress = 'mimedefang@localhost';
my $HELO = qr/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/i;
my $FROM = qr/^<?[-a-z0-9._%+=]+@([-a-z0-9]+\.)+[a-z]{2,}>?$/i;
my @SUBJ = (qr/viagra|cialis|v1agra/i, qr/(^|[^a-z])free\s+money([^a-z]|$)/i, qr/^(re|fwd?):\s/i,
            qr/[0-9]{6,}/, qr/lottery.*(win|won|winner)/i);
my @LIT = ('click here to unsubscribe', 'act now', 'wire transfer', 'X5O!P%@AP', 'bitcoin wallet',
  'verify your account', '100% free', 'winner', 'confidential business proposal', 'no obligation');
my @CIDR = map { my ($n, $l) = split m{/}; [unpack('N', inet_aton($n)), (0xffffffff << (32 - $l)) & 0xffffffff] }
  qw(10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 198.51.100.0/24);
my %DOM;
open my $fh, '<', $ENV{DOMAINS} or die; while (<$fh>) { chomp; $DOM{$_} = 1 } close $fh;
sub filter_begin { return }
sub filter_end {
  my ($entity) = @_;
  return if $work == 1;
  my ($local, $hit, $hdrs, $subj, $hits) = (0, 0, 0, 0, 0);
  my $ip = unpack 'N', inet_aton($RelayAddr);
  for (@CIDR) { $local = 1 if ($ip & $_->[1]) == $_->[0] }
  my $helo = $Helo =~ $HELO ? 1 : 0;
  my $from = $Sender =~ $FROM ? 1 : 0;
  for my $r (@Recipients) { my $d = lc substr $r, rindex($r, '@') + 1; $d =~ s/>$//; $hit++ if exists $DOM{$d} }
  open my $h, '<', './HEADERS' or die; 
  while (<$h>) { $hdrs++; if (/^subject: *(.*)$/i) { my $v = $1; for (@SUBJ) { $subj++ if $v =~ $_ } } }
  close $h;
  open my $b, '<', './INPUTMSG' or die; local $/; my $m = <$b>; close $b;
  my $at = index $m, "\n\n"; my $body = substr $m, $at + 2;
  for (@LIT) { $hits++ if index($body, $_) >= 0 }
  action_add_header('X-Perf', sprintf 'local=%d helo=%d from=%d rcpt=%d/%d hdrs=%d subj=%d bytes=%d hits=%d',
    $local, $helo, $from, $hit, scalar @Recipients, $hdrs, $subj, length $body, $hits);
}
1;
