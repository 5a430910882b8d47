"""The benchmark's results as tables to read."""
from filters import TITLES

WORKLOADS = ("W0", "W1", "W2 r1", "W2 r16", "W2 r64", "W2 n16", "W3")


def table(head, rows):
    widths = [max(len(str(row[i])) for row in [head] + rows) for i in range(len(head))]
    lines = []
    for row in [head] + rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def value(results, name, *path):
    found = results.get(name, {})
    for key in path:
        found = found.get(key, found.get(str(key))) if isinstance(found, dict) else None
    return found


def with_ratio(results, name, format, *path):
    own, least = value(results, name, *path), value(results, "limit", *path)
    if own is None:
        return "-"
    return format % own + (" (%.2f)" % (own / least) if least else "")


def cpu(results):
    rows = [[TITLES[name]] + [with_ratio(results, name, "%.1f", workload, "cpu_us") for workload in WORKLOADS]
            for name in results]
    return "CPU of the filter for each message, us (to the limit)\n" + table(["filter"] + list(WORKLOADS), rows)


def speed(results):
    rows = [[TITLES[name], with_ratio(results, name, "%.0f", "W2 r16", "messages_per_s"),
             with_ratio(results, name, "%.0f", "W2 r64", "p50_us"), with_ratio(results, name, "%.0f", "W2 r64", "p99_us"),
             with_ratio(results, name, "%.0f", "instructions"), with_ratio(results, name, "%.1f", "system_calls"),
             with_ratio(results, name, "%.0f", "start_ms")] for name in results]
    return "W2: messages/s with 16 connections, latency with 64, and more (to the limit)\n" + table(
        ["filter", "messages/s", "p50 us", "p99 us", "instructions", "system calls", "start-up ms"], rows)


def session_kb(results, name):
    rows = value(results, name, "memory") or {}
    held = {int(count): row["pss_kb"] for count, row in rows.items()}
    most = max(held, default=0)
    return "%.1f" % ((held[most] - held[0]) / most) if most and 0 in held else "-"


def memory(results):
    rows = []
    for name in results:
        held = value(results, name, "memory") or {}
        told = [held.get(count) or held.get(str(count)) for count in (0, 100, 1000, 10000)]
        rows.append([TITLES[name]] + ["%.1f" % (row["rss_kb"] / 1024) if row else "-" for row in told]
                    + [session_kb(results, name)])
    return "Memory of all its processes with idle sessions after HELO, MB; and a session, kB\n" + table(
        ["filter", "0", "100", "1,000", "10,000", "one"], rows)


def goal_rows(results):
    """What was wanted of afsld's native server, what it is of, the most that it may be."""
    def ratio(path, other, most):
        own, their = value(results, "native", *path), value(results, other, *path)
        return (own / their if own and their else None, most)
    yield "W2: CPU to the limit (16 connections)", ratio(("W2 r16", "cpu_us"), "limit", 1.5)
    yield "W2: CPU to C on libmilter without replies", ratio(("W2 r16", "cpu_us"), "libmilter-nr", 0.4)
    yield "W2: CPU to mailfromd", ratio(("W2 r16", "cpu_us"), "mailfromd", 0.12)
    yield "W3: CPU to the limit", ratio(("W3", "cpu_us"), "limit", 1.3)
    yield "new connection each: CPU to mailfromd", ratio(("W2 n16", "cpu_us"), "mailfromd", 0.02)
    yield "new connection each: CPU to C on libmilter without replies", ratio(("W2 n16", "cpu_us"), "libmilter-nr", 0.5)
    yield "64 connections: p99 to the limit", ratio(("W2 r64", "p99_us"), "limit", 2.0)
    yield "system calls for each message", (value(results, "native", "system_calls"), 6)
    idle = value(results, "native", "memory", 10000)
    yield "10,000 idle sessions in all, MB", (idle["rss_kb"] / 1024 if idle else None, 40)
    one = session_kb(results, "native")
    yield "an idle session, kB", (None if one == "-" else float(one), 2)


def goals(results):
    rows = []
    for title, (reached, most) in goal_rows(results):
        if reached is not None:
            rows.append([title, "%.3g" % reached, "%g" % most, "reached" if reached <= most else "missed"])
    return "afsld, native, and what was wanted of it\n" + table(["", "is", "at most", ""], rows)


def render(told):
    results = told["filters"]
    parts = [cpu, speed, memory, goals] if "native" in results else [cpu, speed, memory]
    return "median of %d rounds of %g s\n\n" % (told["rounds"], told["seconds"]) + "\n".join(
        part(results) for part in parts)
