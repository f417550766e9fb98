"""The tables of the benchmark's tenant, and how one of its records is drawn."""

import hashlib
import random

B32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE_MS = 1_790_000_000_000  # a fixed day, 2026-09

COUNTS = dict(
    customers=11826, pets=18469, reservations=40000, invoices=12000, payments=25000,
    products=600, vaccinations=60000, staff=8,
)  # fmt: skip
DAY_OPS = 20000

# table -> [(column, type)]; the id is always first; i is an integer, t a text
SCHEMA = {
    "staff": [
        ("id", "t"), ("name", "t"), ("role", "t"), ("email", "t"), ("pin", "t"),
    ],
    "products": [
        ("id", "t"), ("sku", "t"), ("name", "t"), ("category", "t"), ("price_cents", "i"),
        ("stock", "i"), ("reorder", "i"), ("vendor", "t"),
    ],
    "customers": [
        ("id", "t"), ("first", "t"), ("last", "t"), ("phone", "t"), ("email", "t"),
        ("street", "t"), ("city", "t"), ("zip", "t"), ("state", "t"), ("emergency", "t"),
        ("vip", "i"), ("balance_cents", "i"), ("created", "t"), ("notes", "t"),
    ],
    "pets": [
        ("id", "t"), ("customer_id", "t"), ("name", "t"), ("species", "t"), ("breed", "t"),
        ("sex", "t"), ("color", "t"), ("birth", "t"), ("weight_g", "i"), ("microchip", "t"),
        ("fixed", "i"), ("feeding", "t"), ("temperament", "t"), ("notes", "t"),
    ],
    "reservations": [
        ("id", "t"), ("pet_id", "t"), ("customer_id", "t"), ("service", "t"), ("kennel", "t"),
        ("check_in", "t"), ("check_out", "t"), ("status", "t"), ("rate_cents", "i"),
        ("belongings", "t"), ("notes", "t"), ("created", "t"),
    ],
    "invoices": [
        ("id", "t"), ("customer_id", "t"), ("reservation_id", "t"), ("number", "t"),
        ("date", "t"), ("status", "t"), ("total_cents", "i"), ("tax_cents", "i"),
    ],
    "invoice_lines": [
        ("id", "t"), ("invoice_id", "t"), ("product_id", "t"), ("descr", "t"), ("qty", "i"),
        ("unit_cents", "i"), ("pos", "i"),
    ],
    "payments": [
        ("id", "t"), ("invoice_id", "t"), ("customer_id", "t"), ("date", "t"), ("method", "t"),
        ("amount_cents", "i"), ("ref", "t"),
    ],
    "vaccinations": [
        ("id", "t"), ("pet_id", "t"), ("vaccine", "t"), ("given", "t"), ("expires", "t"),
        ("vet", "t"), ("lot", "t"),
    ],
    "notes": [
        ("id", "t"), ("parent_t", "t"), ("parent", "t"), ("at", "t"), ("author", "t"),
        ("text", "t"),
    ],
}
INDICES = [
    ("customers", "last,first"), ("customers", "phone"), ("customers", "email"),
    ("pets", "customer_id"), ("pets", "name"), ("reservations", "pet_id"),
    ("reservations", "check_in"), ("reservations", "status,check_in"), ("invoices", "customer_id"),
    ("invoice_lines", "invoice_id"), ("payments", "invoice_id"), ("payments", "date"),
    ("vaccinations", "pet_id"), ("vaccinations", "expires"), ("notes", "parent"),
]

FIRST = """
James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard
Susan Joseph Jessica Thomas Sarah Carlos Karen Daniel Lisa Matthew Nancy Anthony Betty Mark
Sandra Donald Ashley Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin
Amanda Brian Melissa George Deborah Timothy Stephanie Ronald Rebecca Zoë Renée José Søren Łukasz
Müge
""".split()
LAST = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez
Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris
Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill
Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts O'Neill Müller Núñez
Kowalski
""".split()
PETN = """
Bella Max Luna Charlie Lucy Cooper Daisy Milo Bailey Buddy Sadie Rocky Molly Tucker Lola Bear
Sophie Duke Chloe Oliver Zoe Leo Penny Jack Stella Toby Ruby Zeus Rosie Finn Gracie Winston Coco
Louie Maggie Murphy Nala Dexter Willow Gus Ginger Hank Pepper Ollie Roxy Moose Hazel Oreo Abby
Thor
""".split()
STREET = """
Oak Maple Cedar Pine Elm Washington Lake Hill Main Park River Sunset Church Spring Franklin
Highland
""".split()
BREED = [
    "Labrador Retriever", "German Shepherd", "Golden Retriever", "French Bulldog",
    "Poodle (Standard)", "Beagle", "Rottweiler", "Dachshund", "Yorkshire Terrier", "Boxer",
    "Siberian Husky", "Cavalier King Charles Spaniel", "Mixed", "Shih Tzu",
    "Australian Shepherd", "Domestic Shorthair", "Maine Coon", "Siamese", "Ragdoll",
    "Pembroke Welsh Corgi",
]
CITY = [
    "Springfield", "Fairview", "Greenville", "Bristol", "Clinton", "Georgetown", "Salem",
    "Madison", "Arlington", "Ashland",
]
VACC = [
    "Rabies 1yr", "Rabies 3yr", "DHPP", "Bordetella", "Leptospirosis", "Canine influenza H3N8",
    "FVRCP", "FeLV",
]
SERVICE = [
    "boarding", "daycare", "grooming", "exam", "training", "surgery",
]
STATUS = [
    "booked", "confirmed", "checked_in", "checked_out", "cancelled",
]
TAGS = [
    "allergic", "bites", "medicated", "vip", "senior", "escape-artist", "no-dogs",
    "special-diet", "deposit-due", "vaccine-due",
]
WORDS = """
the dog cat owner prefers morning feeding twice daily half cup dry food with warm water gets
anxious around large dogs needs medication at noon keep separate from other pets likes to play
fetch had mild reaction last visit bring own bed and blanket call before any treatment allergic
to chicken pick up by spouse on friday no nail trim please extra walk requested limps slightly
left rear leg checked ears clean skin irritation on belly apply ointment twice follow up in two
weeks weight stable appetite good quiet kennel preferred barks at night
""".split()


class Records:
    def __init__(self, seed, scale):
        self.r = random.Random(seed)
        self.n = {k: (v if k == "staff" else max(1, int(v * scale))) for k, v in COUNTS.items()}
        self.day_ops = max(30, int(DAY_OPS * scale))
        self.clock = BASE_MS - 400 * 86_400_000
        self.ids = {t: [] for t in SCHEMA}
        self.rec = {t: {} for t in SCHEMA}  # id -> fields: the initial state
        self.tags = {}  # (pet, tag) -> {dot}

    def uid(self, ms=None):
        """ULID: 48 bits of time, 80 random bits, 26 characters."""
        if ms is None:
            self.clock += self.r.randrange(1, 60_000)
            ms = self.clock
        v = (ms << 80) | self.r.getrandbits(80)
        return "".join(B32[(v >> s) & 31] for s in range(125, -1, -5))

    def date(self, back=700, fwd=0):
        d = self.r.randrange(-back, fwd + 1) + 260  # day number within 2026, may be negative
        y, d = 2026 + d // 365, d % 365
        m, dd = d // 31 + 1, d % 28 + 1
        return "%04d-%02d-%02d" % (y, m, dd)

    def dt(self, back=700, fwd=0):
        return self.date(back, fwd) + "T%02d:%02d:%02dZ" % (
            self.r.randrange(7, 20),
            self.r.randrange(60),
            self.r.randrange(60),
        )

    def text(self, lo, hi):
        want = self.r.randrange(lo, hi + 1)
        if want == 0:
            return ""
        s = ""
        while len(s) < want:
            s += self.r.choice(WORDS) + " "
        return s[:want].rstrip()

    def note(self):  # 0..400 characters, two thirds empty or short
        x = self.r.random()
        return "" if x < 0.35 else self.text(10, 80) if x < 0.7 else self.text(80, 400)

    def digits(self, n):
        return "".join(self.r.choice("0123456789") for _ in range(n))

    def make(self, t):
        r, ids = self.r, self.ids
        if t == "staff":
            f, l = r.choice(FIRST), r.choice(LAST)
            return dict(
                name=f + " " + l,
                role=r.choice(["vet", "desk", "groomer", "manager"]),
                email="%s.%s@resort.example" % (f.lower(), l.lower()),
                pin=hashlib.sha256(self.digits(6).encode()).hexdigest(),
            )
        if t == "products":
            return dict(
                sku="SKU-" + self.digits(6),
                name=r.choice(
                    ["Kibble", "Chew", "Leash", "Shampoo", "Tablet", "Drops", "Bowl", "Bed"]
                )
                + " "
                + self.text(4, 24),
                category=r.choice(["food", "toy", "pharmacy", "retail"]),
                price_cents=r.randrange(199, 19999),
                stock=r.randrange(20, 900),
                reorder=r.randrange(5, 40),
                vendor=r.choice(LAST) + " Supply Co.",
            )
        if t == "customers":
            f, l = r.choice(FIRST), r.choice(LAST)
            return dict(
                first=f,
                last=l,
                phone="+1" + self.digits(10),
                email="%s.%s%d@mail.example" % (f.lower(), l.lower(), r.randrange(9999)),
                street="%d %s St" % (r.randrange(1, 9999), r.choice(STREET)),
                city=r.choice(CITY),
                zip=self.digits(5),
                state=r.choice(["AZ", "CA", "CO", "TX", "NY", "FL", "WA"]),
                emergency=r.choice(FIRST) + " +1" + self.digits(10),
                vip=int(r.random() < 0.05),
                balance_cents=r.randrange(-5000, 20000),
                created=self.dt(900),
                notes=self.note(),
            )
        if t == "pets":
            return dict(
                customer_id=r.choice(ids["customers"]),
                name=r.choice(PETN),
                species=r.choice(["dog", "dog", "dog", "cat", "other"]),
                breed=r.choice(BREED),
                sex=r.choice("MF"),
                color=r.choice(["black", "brown", "white", "tan", "brindle", "grey", "tricolor"]),
                birth=self.date(4000),
                weight_g=r.randrange(1500, 60000),
                microchip="985" + self.digits(12),
                fixed=r.randrange(2),
                feeding=self.text(0, 120),
                temperament=r.choice(["calm", "anxious", "playful", "reactive", "friendly"]),
                notes=self.note(),
            )
        if t == "reservations":
            p = r.choice(ids["pets"])
            return dict(
                pet_id=p,
                customer_id=self.rec["pets"][p]["customer_id"],
                service=r.choice(SERVICE),
                kennel="K%03d" % r.randrange(400),
                check_in=self.dt(700, 60),
                check_out=self.dt(700, 60),
                status=r.choice(STATUS),
                rate_cents=r.randrange(2500, 12000),
                belongings=self.text(0, 60),
                notes=self.note(),
                created=self.dt(720),
            )
        if t == "invoices":
            return dict(
                customer_id=r.choice(ids["customers"]),
                reservation_id=r.choice(ids["reservations"]),
                number="INV-" + self.digits(7),
                date=self.date(),
                status=r.choice(["open", "paid", "void"]),
                total_cents=r.randrange(1000, 90000),
                tax_cents=r.randrange(0, 8000),
            )
        if t == "payments":
            return dict(
                invoice_id=r.choice(ids["invoices"]),
                customer_id=r.choice(ids["customers"]),
                date=self.dt(),
                method=r.choice(["card", "cash", "check", "refund"]),
                amount_cents=r.randrange(-9000, 90000),
                ref="ch_" + self.digits(16),
            )
        if t == "vaccinations":
            return dict(
                pet_id=r.choice(ids["pets"]),
                vaccine=r.choice(VACC),
                given=self.date(1000),
                expires=self.date(300, 900),
                vet="Dr. " + r.choice(LAST),
                lot="L" + self.digits(7),
            )
        raise KeyError(t)
