"""The filters of the benchmark: how each is started for a workload, and what it is called."""
import os, shutil, signal, socket, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
MILTER = os.path.join(HERE, "milter")
DOMAINS = os.path.join(MILTER, "domains.txt")
PYTHON = "/usr/bin/python3"  # Debian's, which knows its packages
MANY = ["--set", "maxSessions=20000", "--set", "maxPeerSessions=20000", "--set", "backlog=4096"]


class Filter:
    """`command` and, where it needs a companion, `before` take (running, work). `counted`: valgrind can."""

    def __init__(self, title, program, command, before=None, counted=False, module=None):
        self.title, self.program, self.command = title, program, command
        self.before, self.counted, self.module = before, counted, module


def afsld(server):
    return lambda running, work: [os.path.join(running.build, "afsld"), "--foreground", "--server", server] + MANY + [
        "--set", "logLevel=error", "--listen", "unix:" + running.socket, os.path.join(MILTER, "w%d.afsl" % work)]


def in_c(program, *options):
    return lambda running, work: [os.path.join(running.build, "bench", program), "-p", "unix:" + running.socket,
                                  "-w", str(work), "-t", DOMAINS] + list(options)


def mailfromd(running, work):
    script = os.path.join(running.folder, "script.mfl")
    with open(script, "w") as out:
        subprocess.run([sys.executable, os.path.join(MILTER, "peers/mailfromd.py"), str(work), DOMAINS], stdout=out,
                       check=True)
    return ["mailfromd", "--no-config", "--foreground", "--stderr", "--user", "nobody", "--pidfile",
            os.path.join(running.folder, "pid"), "--milter-socket", "unix:" + running.socket, script]


def pymilter(running, work):
    return [PYTHON, os.path.join(MILTER, "peers/pymilter.py"), running.socket, str(work), DOMAINS]


def mimedefang_workers(running, work):
    """MIMEDefang's other half, which runs the Perl."""
    spool, program = os.path.join(running.folder, "spool"), os.path.join(running.folder, "program")
    os.mkdir(spool)
    for name in (os.path.join(MILTER, "peers/mimedefang.pl"), DOMAINS):
        shutil.copy(name, running.folder)
    with open(program, "w") as out:
        out.write("#!/bin/sh\nexport WORK=%d DOMAINS=%s/domains.txt\nexec /usr/bin/mimedefang.pl -f %s/mimedefang.pl "
                  '"$@"\n' % (work, running.folder, running.folder))
    os.chmod(program, 0o755)
    for name in ("spool", "program", "mimedefang.pl", "domains.txt", "."):
        shutil.chown(os.path.join(running.folder, name), "defang")
    return (["mimedefang-multiplexor", "-D", "-U", "defang", "-z", spool, "-s", running.folder + "/workers", "-f", program,
             "-m", "2", "-x", "2", "-q", "100", "-a", running.folder + "/control"], running.folder + "/workers")


def mimedefang(running, work):
    return ["mimedefang", "-D", "-U", "defang", "-z", running.folder + "/spool", "-m", running.folder + "/workers", "-p",
            "unix:" + running.socket, "-r", "-s", "-t", "-q", "-P", running.folder + "/pid"]


FILTERS = {
    "limit": Filter("event loop in C, no replies", "bench/epfilter", in_c("epfilter", "-n", "-s", "simd"), counted=True),
    "native": Filter("afsld, native", "afsld", afsld("native"), counted=True),
    "afsl-libmilter": Filter("afsld, libmilter", "afsld", afsld("libmilter"), counted=True),
    "libmilter-nr": Filter("C on libmilter, no replies", "bench/wfilter", in_c("wfilter", "-n"), counted=True),
    "libmilter": Filter("C on libmilter", "bench/wfilter", in_c("wfilter"), counted=True),
    "mailfromd": Filter("GNU mailfromd", "mailfromd", mailfromd),
    "pymilter": Filter("pymilter", PYTHON, pymilter, module="Milter"),
    "mimedefang": Filter("MIMEDefang", "mimedefang", mimedefang, before=mimedefang_workers),
}
TITLES = {name: filter.title for name, filter in FILTERS.items()}


def missing(name, build):
    """What is not there, or None."""
    filter = FILTERS[name]
    built = os.path.join(build, filter.program)
    if not os.path.exists(built) and not shutil.which(filter.program):
        return filter.program
    if filter.module and subprocess.run([filter.program, "-c", "import " + filter.module],
                                        stderr=subprocess.DEVNULL).returncode:
        return "the module " + filter.module
    return None


class Running:
    """A filter that listens on `socket` while the block runs. `pids` are the processes that were started here; what
    they start themselves belongs to them."""

    def __init__(self, name, work, build, folder, wrapper=()):
        self.name, self.work, self.build, self.wrapper = name, work, build, list(wrapper)
        self.parent, self.filter, self.processes = folder, FILTERS[name], []

    def __enter__(self):
        self.folder = os.path.join(self.parent, self.name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o777)
        self.socket, self.log = os.path.join(self.folder, "s"), os.path.join(self.folder, "log")
        try:
            began = time.monotonic()
            if self.filter.before:
                command, path = self.filter.before(self, self.work)
                self.spawn(command)
                self.wait_for(path)
            self.spawn(self.wrapper + self.filter.command(self, self.work))
            self.wait_for(self.socket)
        except BaseException:
            self.__exit__()
            raise
        self.started_in = time.monotonic() - began
        time.sleep(0.1)  # what it has yet to do behind its socket
        return self

    def __exit__(self, *_):
        # afsld ends at once; libmilter's programs take seconds, and valgrind tells its figures at the end alone.
        gently = bool(self.wrapper) or self.filter.program == "afsld"
        for pid in self.all_pids() if not gently else self.pids:
            try:
                os.kill(pid, signal.SIGTERM if gently else signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, command):
        with open(self.log, "ab") as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def wait_for(self, path):
        for _ in range(30000):
            probe = socket.socket(socket.AF_UNIX)
            try:
                probe.connect(path)
                return
            except OSError:
                if self.processes[-1].poll() is not None:
                    break
                time.sleep(0.001)
            finally:
                probe.close()
        raise RuntimeError("%s does not start: %s" % (self.name, open(self.log, errors="replace").read()[-600:]))

    @property
    def pids(self):
        return [process.pid for process in self.processes]

    def all_pids(self):
        """With all that they have started."""
        found = list(self.pids)
        for pid in found:
            try:
                for thread in os.listdir("/proc/%d/task" % pid):
                    with open("/proc/%d/task/%s/children" % (pid, thread)) as children:
                        found += map(int, children.read().split())
            except OSError:
                pass  # it has just ended
        return found
