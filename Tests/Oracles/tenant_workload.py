#!/usr/bin/env python3
"""A tenant of a pet resort, a day at three sites that do not hear of each other, and what a right
merge of that day holds: the workload of `make bench`, and the oracle that the engine is held to.
It shares no code with the engine.

Writes load.jsonl, day-A.jsonl, day-B.jsonl, day-C.jsonl, schema.json and expected.json. A line is
one op; those of a day carry "ts" (ms) and "site":

  {"op":"create","t":T,"id":I,"v":{...}}                new record, all its fields
  {"op":"set","t":T,"id":I,"f":{field:value,...}}       the last writer of a field wins
  {"op":"inc","t":"products","id":I,"f":"stock","n":-2} counter
  {"op":"tagadd"|"tagrem","t":"pets","id":I,"v":"vip"}  set, an add wins over what had not seen it
  {"op":"append","t":"notes","id":I,"v":{...}}          new record, never changed
  {"op":"del","t":T,"id":I}                             delete

A field's winner is the greatest (ts, site). Records that one site deleted while another edited them
are listed as ambiguous and left out of the digest. The same seed and scale give the same bytes on
any machine: no order of sets or hashes, no clock, no locale.
"""

import argparse
import hashlib
import json
import os

from tenant_records import BASE_MS, INDICES, SCHEMA, TAGS, Records

SITES = "ABC"


class Tenant(Records):
    def load(self):
        for t in ("staff", "products", "customers", "pets", "reservations"):
            for _ in range(self.n[t]):
                yield self.put(t, self.make(t))
            if t == "pets":
                for p in self.ids["pets"]:
                    for tag in TAGS:
                        if self.r.random() < 0.04:
                            self.tags[(p, tag)] = {("0", len(self.tags))}
                            yield {"op": "tagadd", "t": "pets", "id": p, "v": tag}
        for _ in range(self.n["invoices"]):
            inv = self.put("invoices", self.make("invoices"))
            yield inv
            for pos in range(self.r.choice([1, 2, 3, 3, 4, 5])):
                yield self.put(
                    "invoice_lines",
                    dict(
                        invoice_id=inv["id"],
                        product_id=self.r.choice(self.ids["products"]),
                        descr=self.text(8, 40),
                        qty=self.r.randrange(1, 6),
                        unit_cents=self.r.randrange(199, 19999),
                        pos=pos,
                    ),
                )
        for t in ("payments", "vaccinations"):
            for _ in range(self.n[t]):
                yield self.put(t, self.make(t))

    def put(self, t, v):
        i = self.uid()
        self.ids[t].append(i)
        self.rec[t][i] = v
        return {"op": "create", "t": t, "id": i, "v": dict(v)}

    # ---- the day ---------------------------------------------------------------------------
    EDITABLE = {
        "customers": [
            "phone",
            "email",
            "street",
            "zip",
            "emergency",
            "balance_cents",
            "notes",
            "vip",
        ],
        "pets": ["weight_g", "feeding", "temperament", "notes", "color", "fixed"],
        "reservations": ["status", "kennel", "check_out", "rate_cents", "belongings", "notes"],
        "invoices": ["status", "total_cents", "tax_cents"],
    }

    def value(self, t, f):
        return self.make(t)[f]

    def day(self):
        r = self.r
        ids, rec = self.ids, self.rec
        n_del = max(1, self.day_ops // 100)
        doomed = r.sample(ids["reservations"], min(n_del, len(ids["reservations"]) // 2))
        doomed_set = set(doomed)
        clash = doomed[: max(1, len(doomed) // 10)]  # also edited elsewhere: ambiguous
        own = {s: {t: [] for t in SCHEMA} for s in SITES}  # records a site made today
        edited = {s: [] for s in SITES}  # (t, id, f) a site has set
        seen = {s: {k: set(v) for k, v in self.tags.items()} for s in SITES}
        adds = {k: set(v) for k, v in self.tags.items()}
        rems = {k: set() for k in self.tags}
        win, dead, stock, born = {}, set(), {}, {t: {} for t in SCHEMA}
        nconf = nset = 0
        touched_by = {}
        out, ts, doomed_i, clash_i = [], BASE_MS, 0, 0
        for k in range(self.day_ops):
            s = SITES[k % 3]
            ts += r.randrange(1, 2800)
            x = r.random()
            base = {"ts": ts, "site": s}
            if x < 0.55 or (x >= 0.99 and doomed_i >= len(doomed)):
                nset += 1
                other = edited[r.choice([q for q in SITES if q != s])]
                if r.random() < 0.05 and other:
                    t, i, f0 = other[r.randrange(len(other))]
                    fields = [f0]
                else:
                    t = r.choices(
                        ["customers", "pets", "reservations", "invoices"], [25, 30, 35, 10]
                    )[0]
                    i = r.choice(ids[t])
                    while i in doomed_set:
                        i = r.choice(ids[t])
                    if clash_i < len(clash) and r.random() < 0.02:
                        t, i = "reservations", clash[clash_i]
                        clash_i += 1
                    fields = r.sample(self.EDITABLE[t], r.choice([1, 1, 1, 2, 3]))
                fv = {}
                for f in fields:
                    fv[f] = self.value(t, f)
                    who = touched_by.setdefault((t, i, f), set())
                    if who and s not in who and len(who) == 1:
                        nconf += 1
                    who.add(s)
                    edited[s].append((t, i, f))
                    if (ts, s) > win.get((t, i, f), ((0, ""), 0))[0]:
                        win[(t, i, f)] = ((ts, s), fv[f])
                op = {"op": "set", "t": t, "id": i, "f": fv}
            elif x < 0.70:
                i, n = r.choice(ids["products"]), (
                    -r.randrange(1, 4) if r.random() < 0.93 else r.randrange(10, 60)
                )
                stock[i] = stock.get(i, 0) + n
                op = {"op": "inc", "t": "products", "id": i, "f": "stock", "n": n}
            elif x < 0.80:
                have = (
                    [q for q in (r.choice(list(self.tags)) for _ in range(2))] if self.tags else []
                )
                rem = [q for q in have if seen[s].get(q)]
                if rem and r.random() < 0.4:
                    q = rem[0]
                    rems.setdefault(q, set()).update(seen[s][q])
                    seen[s][q] = set()
                    op = {"op": "tagrem", "t": "pets", "id": q[0], "v": q[1]}
                else:
                    q = (r.choice(ids["pets"]), r.choice(TAGS))
                    dot = (s, k)
                    seen[s].setdefault(q, set()).add(dot)
                    adds.setdefault(q, set()).add(dot)
                    op = {"op": "tagadd", "t": "pets", "id": q[0], "v": q[1]}
            elif x < 0.90:
                pt = r.choice(["customers", "pets"])
                v = dict(
                    parent_t=pt,
                    parent=r.choice(ids[pt]),
                    at=self.dt(0),
                    author=r.choice(ids["staff"]),
                    text=self.text(20, 200),
                )
                i = self.uid(ts)
                born["notes"][i] = v
                op = {"op": "append", "t": "notes", "id": i, "v": v}
            elif x < 0.99:
                t = r.choices(
                    ["payments", "reservations", "vaccinations", "customers", "pets"],
                    [45, 25, 20, 4, 6],
                )[0]
                v, i = self.make(t), self.uid(ts)
                born[t][i] = v
                own[s][t].append(i)
                op = {"op": "create", "t": t, "id": i, "v": v}
            else:
                i = doomed[doomed_i]
                doomed_i += 1
                dead.add(i)
                op = {"op": "del", "t": "reservations", "id": i}
            base.update(op)
            out.append(base)
        ambiguous = sorted(i for i in clash if i in dead)
        # the oracle
        h = hashlib.sha256()
        counts = {}
        for t in sorted(SCHEMA):
            allr = dict(rec[t])
            allr.update(born[t])
            live = sorted(i for i in allr if i not in dead or i in ambiguous)
            counts[t] = sum(1 for i in allr if i not in dead)
            for i in live:
                if i in ambiguous:
                    continue
                v = dict(allr[i])
                if t == "products":
                    v["stock"] += stock.get(i, 0)
                for f in v:
                    w = win.get((t, i, f))
                    if w:
                        v[f] = w[1]
                h.update(("%s\t%s\t%s\n" % (t, i, canon(v))).encode())
        tags = sorted(k for k in adds if adds[k] - rems.get(k, set()))
        for p, tag in tags:
            h.update(("tags\t%s\t%s\n" % (p, tag)).encode())
        conflicts = [
            [t, i, f, win[(t, i, f)][1]]
            for (t, i, f), who in sorted(touched_by.items())
            if len(who) > 1 and i not in dead
        ]
        exp = {
            "digest": h.hexdigest(),
            "counts_without_deleted": counts,
            "tags": len(tags),
            "ambiguous": ambiguous,
            "stock": {i: rec["products"][i]["stock"] + stock.get(i, 0) for i in ids["products"]},
            "stock_total": sum(
                rec["products"][i]["stock"] + stock.get(i, 0) for i in ids["products"]
            ),
            "conflicts": conflicts,
            "deleted": sorted(dead),
        }
        st = {
            "set_ops": nset,
            "fields_set_by_two_or_more_sites": len(conflicts),
            "delete_edit_conflicts": len(ambiguous),
        }
        return out, exp, st


def canon(v):
    return json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def build(out, seed=20260921, scale=1.0, day_ops=None):
    os.makedirs(out, exist_ok=True)
    g = Tenant(seed, scale)
    if day_ops:
        g.day_ops = day_ops
    dumps = lambda o: json.dumps(o, separators=(",", ":"), ensure_ascii=False)

    def path(name):
        return os.path.join(out, name)

    with open(path("load.jsonl"), "w", encoding="utf-8") as f:
        for op in g.load():
            f.write(dumps(op) + "\n")
    day, expected, counts = g.day()
    for site in SITES:
        with open(path("day-%s.jsonl" % site), "w", encoding="utf-8") as f:
            for op in day:
                if op["site"] == site:
                    f.write(dumps(op) + "\n")
    schema = {"tables": SCHEMA, "indices": INDICES, "tags": "pet_tags(pet_id,tag)"}
    with open(path("schema.json"), "w", encoding="utf-8") as f:
        json.dump(schema, f, indent=1)
    with open(path("expected.json"), "w", encoding="utf-8") as f:
        json.dump(expected, f, ensure_ascii=False)
    return {
        "seed": seed,
        "scale": scale,
        "day_ops": len(day),
        "digest": expected["digest"],
        **counts,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="writes a tenant, a day of three sites and the oracle"
    )
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=20260921)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--day-ops", type=int)
    given = parser.parse_args()
    print(json.dumps(build(given.out, given.seed, given.scale, given.day_ops)))
