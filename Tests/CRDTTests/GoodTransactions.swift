import CRDT

/// The transactions from which the good vectors were made. Released vectors stay; a new case is
/// added at the end.
enum GoodTransactions {
    /// `erasureOf` names the case that this one is after erasure.
    typealias Case = (description: String, transaction: Transaction, erasureOf: String?)

    static func all(_ hasher: any ContentHasher) -> [Case] {
        let plain = [
            ("example of the specification", example),
            ("nothing at all", Transaction(stamp: .zero, minimumReader: 0, rows: [])),
            ("an update without cells", Transaction(stamp: stamp, rows: [update(row(1), [])])),
            (
                "highest stamp and reader",
                Transaction(stamp: top, minimumReader: .max, rows: [insert(row(1), [])])
            ),
            ("clock suspect", Transaction(stamp: stamp, isClockSuspect: true, rows: [])),
            ("roster head", Transaction(stamp: stamp, rosterHead: hash, rows: [])),
            ("all flags", allFlags),
            ("context of five writers", contexts),
            ("context of 130 incarnations", manyIncarnations),
            ("both branches of a forked writer in one context", branches),
        ]
        let cells = [
            ("every kind of value", insert(row(1), kinds.map { .assign($0) })),
            ("edges of integers", insert(row(1), integers.map { .assign(.integer($0)) })),
            ("edges of reals", insert(row(1), reals.map { .assign(.real($0)) })),
            ("texts are bytes", insert(row(1), texts.map { .assign(.text($0)) })),
            ("blobs", insert(row(1), blobs.map { .assign(.blob($0)) })),
            ("increments", update(row(1), [0, -1, 1, .min, .max].map { .increment($0) })),
            ("adds of every kind", update(row(1), kinds.map { .add($0) })),
            ("removals of every kind", update(row(1), kinds.map { .remove($0) })),
            (
                "as many cells as may be",
                insert(row(1), Array(repeating: .assign(.null), count: 512))
            ),
        ].map { ($0.0, Transaction(stamp: stamp, rows: [$0.1])) }
        let rows = [
            ("deletes, with bumps and without", deletes), ("bumped cells", bumps),
            ("a bump over the whole range", longestBump),
            ("two elements into one set", twoElements),
            ("prefixes in order of first use", prefixes), ("130 prefixes", manyPrefixes),
            ("edges of ids", edgesOfIDs), ("edges of collections and fields", edgesOfNumbers),
        ]
        return (plain + cells + rows).map { ($0.0, $0.1, nil) } + sections(hasher) + random
    }

    // MARK: Small things

    static let stamp = Stamp(1_795_253_400_123 << 16 | 3) ?? .zero
    static let top = Stamp(Stamp.limit - 1) ?? .zero
    static let hash = ContentHash(
        0x0102_0304_0506_0708, 0x1112_1314_1516_1718, 0x2122_2324_2526_2728, 0x3132_3334_3536_3738)
    static let prefix: UInt128 = 0xa1a2_a3a4_a5a6_a7a8_a9aa

    static func row(_ counter: UInt64, prefix: UInt128 = prefix) -> RowID {
        RowID(prefix: prefix, counter: counter)
    }

    static func writer(_ device: UInt128, _ incarnation: UInt32) -> WriterID {
        WriterID(device: DeviceID(device), incarnation: incarnation)
    }

    /// Fields count from 1.
    static func cells(_ actions: [CellOperation.Action]) -> [CellOperation] {
        actions.enumerated().map { CellOperation(field: UInt32($0 + 1), action: $1) }
    }

    static func insert(_ row: RowID, _ actions: [CellOperation.Action]) -> RowOperation {
        RowOperation(collection: 40, row: row, kind: .insert, cells: cells(actions))
    }

    static func update(_ row: RowID, _ actions: [CellOperation.Action]) -> RowOperation {
        RowOperation(collection: 40, row: row, kind: .update, cells: cells(actions))
    }

    static let kinds: [Value] = [
        .null, .integer(-5), .real(1.5), .text("Rex"), .blob([0, 255]), .reference(row(7)),
    ]
    static let integers: [Int64] = [0, -1, 1, 63, 64, -64, -65, 8_191, 8_192, .max, .min]
    static let reals: [Double] = [
        0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.1,
    ]
    static let texts = [
        "", "é", "e\u{301}", "\0", "\u{FEFF}mark", "猫🐕", "\u{FFFE}\u{10FFFF}",
        String(repeating: "x", count: 127), String(repeating: "y", count: 128),
    ]
    static let blobs: [[UInt8]] = [
        [], [0], Array(repeating: 0xFF, count: 127), Array(repeating: 0x80, count: 128),
    ]

    /// Tenants and writers whose chain starts are in the file.
    static let starts: [(UInt128, WriterID)] = [
        (0, writer(0, 0)), (1, writer(0, 0)), (0, writer(1, 0)), (0, writer(0, 1)),
        (
            0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f,
            writer(0xd0d1_d2d3_d4d5_d6d7_d8d9_dadb_dcdd_dedf, 0x0102_0304)
        ),
    ]

    // MARK: Transactions

    static let example: Transaction = {
        let owner = row(42, prefix: 0xb1b2_b3b4_b5b6_b7b8_b9ba)
        return Transaction(
            stamp: stamp, minimumReader: 1,
            context: [
                ContextEntry(
                    writer: writer(0xd0d1_d2d3_d4d5_d6d7_d8d9_dadb_dcdd_dedf, 1), sequence: 300,
                    chain: 0xc1c2_c3c4_c5c6_c7c8)
            ],
            rows: [
                RowOperation(
                    collection: 40, row: row(9), kind: .insert,
                    cells: cells([
                        .assign(.text("Rex")), .assign(.reference(row(8))),
                        .assign(.integer(-5)), .assign(.real(12.5)),
                    ])),
                RowOperation(
                    collection: 12, row: owner, kind: .update,
                    cells: [
                        CellOperation(
                            field: 6, action: .increment(1), stamp: Stamp(stamp.value + 1)),
                        CellOperation(field: 9, action: .add(.text("vip"))),
                    ]),
            ],
            sections: [
                Section(
                    subject: owner,
                    content: .present(
                        salt: 0x5151_5252_5353_5454_5555_5656_5757_5858,
                        rows: [
                            RowOperation(
                                collection: 12, row: owner, kind: .update,
                                cells: [CellOperation(field: 2, action: .assign(.text("Zoë")))])
                        ]))
            ])
    }()

    static let allFlags = Transaction(
        stamp: stamp, isClockSuspect: true, rosterHead: hash,
        original: TransactionName(writer: writer(5, .max), sequence: 1 << 62 - 1, chain: hash),
        rows: [update(row(1), [.assign(.null)])])

    static let contexts = Transaction(
        stamp: stamp,
        context: [
            (writer(0, 0), 1, 0), (writer(0, 1), 127, 1), (writer(1, 0), 128, 2),
            (writer(.max, 0), 16_384, 3), (writer(.max, .max), 1 << 62 - 1, .max),
        ].map { ContextEntry(writer: $0.0, sequence: $0.1, chain: $0.2) }, rows: [])

    static let manyIncarnations = Transaction(
        stamp: stamp,
        context: (0..<130).map {
            ContextEntry(writer: writer(9, $0), sequence: UInt64($0) + 1, chain: UInt64($0) << 32)
        }, rows: [])

    static let branches = Transaction(
        stamp: stamp,
        context: [(9, 3), (4, 5)].map {
            ContextEntry(writer: writer(9, 1), sequence: $0.0, chain: $0.1)
        }, rows: [])

    static let deletes = Transaction(
        stamp: stamp,
        rows: [nil, Stamp(stamp.value + 1), Stamp(stamp.value + 128), top].enumerated().map {
            RowOperation(
                collection: 40, row: row(UInt64($0)), kind: .delete, stamp: $1, cells: [])
        })

    static let bumps = Transaction(
        stamp: stamp,
        rows: [
            RowOperation(
                collection: 40, row: row(1), kind: .update,
                cells: kinds.enumerated().map {
                    CellOperation(
                        field: UInt32($0 + 1), action: .assign($1),
                        stamp: Stamp(stamp.value + 1 << UInt64($0 * 7)))
                })
        ])

    static let longestBump = Transaction(
        stamp: .zero,
        rows: [
            RowOperation(
                collection: 40, row: row(1), kind: .insert,
                cells: [CellOperation(field: 1, action: .increment(3), stamp: top)])
        ])

    static let twoElements = Transaction(
        stamp: stamp,
        rows: [update(row(1), [.add(.integer(1))]), update(row(1), [.add(.integer(2))])])

    static let prefixes = Transaction(
        stamp: stamp,
        rows: [
            insert(row(1, prefix: 3), [.assign(.reference(row(2, prefix: 1)))]),
            update(row(3, prefix: 1), [.add(.reference(row(4, prefix: 2)))]),
            update(row(5, prefix: 3), [.remove(.reference(row(6, prefix: 1)))]),
        ],
        sections: [
            Section(subject: row(1, prefix: 0), content: .erased(hash)),
            Section(subject: row(1, prefix: 2), content: .erased(hash)),
        ])

    static let manyPrefixes = Transaction(
        stamp: stamp, rows: (0..<130).map { update(row($0, prefix: UInt128($0)), []) })

    static let edgesOfIDs = Transaction(
        stamp: stamp,
        rows: [
            insert(RowID(0), [.assign(.reference(RowID(.max)))]),
            insert(RowID(.max), [.assign(.reference(RowID(1 << 48)))]),
            insert(RowID(1 << 48 - 1), []),
        ])

    static let edgesOfNumbers = Transaction(
        stamp: stamp,
        rows: [
            RowOperation(collection: 0, row: row(1), kind: .insert, cells: []),
            RowOperation(
                collection: .max, row: row(1), kind: .insert,
                cells: [1, 127, 128, .max].map {
                    CellOperation(field: $0, action: .assign(.null))
                }),
        ])

    // MARK: Sections

    private static func sections(_ hasher: any ContentHasher) -> [Case] {
        let whole = "two sections"
        let first = erasing([0], of: twoSections, hasher)
        let both = erasing([0, 1], of: twoSections, hasher)
        return [
            (whole, twoSections, nil), ("the first of two sections erased", first, whole),
            ("both sections erased", both, whole),
            (
                "the example with its section erased", erasing([0], of: example, hasher),
                "example of the specification"
            ),
            ("a section with everything in it", richSection, nil),
            (
                "the rich section erased", erasing([0], of: richSection, hasher),
                "a section with everything in it"
            ),
        ]
    }

    static func erasing(
        _ places: [Int], of transaction: Transaction, _ hasher: any ContentHasher
    ) -> Transaction {
        var erased = transaction
        for place in places {
            let hash = transaction.sections[place].hash(base: transaction.stamp, hasher)
            erased.sections[place].content = .erased(hash)
        }
        return erased
    }

    static let twoSections = Transaction(
        stamp: stamp, rows: [insert(row(1), [.assign(.integer(1))]), insert(row(2), [])],
        sections: [1, 2].map {
            Section(
                subject: row($0),
                content: .present(
                    salt: UInt128($0), rows: [update(row($0), [.assign(.text("name \($0)"))])]))
        })

    static let richSection = Transaction(
        stamp: stamp, rows: [],
        sections: [
            Section(
                subject: row(1),
                content: .present(
                    salt: .max,
                    rows: bumps.rows + [
                        update(row(2, prefix: 2), [.add(.reference(row(3, prefix: 3)))]),
                        update(row(2, prefix: 2), kinds.map { .remove($0) }),
                        update(row(1), []),
                    ]))
        ])

    private static var random: [Case] {
        (UInt64(1)...8).map { seed in
            var source = RandomTransactions(seed: seed)
            return ("drawn with seed \(seed)", source.transaction(), nil)
        }
    }
}
