"""wrk against several servers, alternating: requests a second, processor time a request, latencies."""

import json
import re
import subprocess
import urllib.parse
from pathlib import Path
from statistics import median

from servers import Failed

UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


class Target:
    """One server as wrk sees it: paths and headers by kind of request."""

    def __init__(self, server, scripts):
        self.server, self.scripts = server, scripts


def script(folder, name, head, body):
    path = Path(folder) / f"{name}.lua"
    path.write_text(head + body)
    return path


def lua(values):
    return "{" + ",".join(json.dumps(value) for value in values) + "}"


def scripts(folder, name, headers, ids, base, names=None, listing=None):
    """GET by id, PATCH of one text and, with `listing`, the list of those of a name."""
    head = "".join(f"wrk.headers[{json.dumps(key)}]={json.dumps(value)}\n" for key, value in headers.items())
    head += f"math.randomseed(42)\nlocal ids={lua(ids)}\n"
    made = {
        "get": script(folder, f"{name}-get", head, (
            f"request=function() return wrk.format('GET', '{base}'..ids[math.random(#ids)]) end\n")),
        "patch": script(folder, f"{name}-patch", head, (
            "wrk.headers['content-type']='application/json'\n"
            "local salt, count=os.time(), 0\n"
            "request=function() count=count+1\n"
            f"return wrk.format('PATCH', '{base}'..ids[math.random(#ids)], nil, "
            "'{\"marks\":\"mark '..salt..'.'..count..'\"}') end\n")),
    }
    if listing:
        quoted = [urllib.parse.quote(one) for one in names]
        made["list"] = script(folder, f"{name}-list", head + f"local names={lua(quoted)}\n", (
            f"request=function() return wrk.format('GET', "
            f"'{listing[0]}'..names[math.random(#names)]..'{listing[1]}') end\n"))
    return made


def micros(text):
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
    return float(number) * UNITS[unit]


def wrk(server, path, connections, seconds):
    before = server.cpu_seconds()
    words = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(path),
             f"http://127.0.0.1:{server.port}/"]
    done = subprocess.run(words, capture_output=True, text=True)
    text = done.stdout
    total = re.search(r"(\d+) requests in", text)
    if done.returncode != 0 or not total or "Non-2xx" in text or "Socket errors" in text:
        raise Failed(f"{server.name}: {' '.join(words)}\n{text}{done.stderr}")
    spent = server.cpu_seconds() - before
    shares = dict(re.findall(r"^\s+(50|99)%\s+(\S+)$", text, re.M))
    count = int(total.group(1))
    return {
        "requests_per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "cpu_us": spent / count * 1e6,
        "p50_us": micros(shares["50"]), "p99_us": micros(shares["99"]),
    }


def measure(targets, rounds, seconds, connections=(1, 16), kinds=("get", "list", "patch")):
    """Figures by (kind, connections, server): medians over rounds in which the servers take turns."""
    seen = {}
    for target in targets:
        for path in target.scripts.values():
            wrk(target.server, path, 4, 1)
    for turn in range(rounds):
        order = targets[turn % len(targets):] + targets[:turn % len(targets)]
        for kind in kinds:
            for count in connections:
                for target in order:
                    if kind not in target.scripts:
                        continue
                    figures = wrk(target.server, target.scripts[kind], count, seconds)
                    seen.setdefault((kind, count, target.server.name), []).append(figures)
        print(f"round {turn + 1} of {rounds}", flush=True)
    return {
        key: {name: median([one[name] for one in all_of]) for name in all_of[0]}
        for key, all_of in seen.items()
    }
