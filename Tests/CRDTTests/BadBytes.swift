/// The bytes from which the bad vectors were made: each with one fault, written by hand.
enum BadBytes {
    typealias Case = (description: String, runs: [(hex: String, times: Int)], refusal: String)

    /// Version, flags, stamp 2^16, minimum reader 1.
    static let start = "01 00 0000010000000000 01"
    /// As `start`, and no context entries.
    static let head = start + " 00"
    /// A table with one prefix.
    static let table = " 01 a1a2a3a4a5a6a7a8a9aa"
    /// An update of collection 40, prefix 0, counter 5; the number of cells follows.
    static let update = " 28 01 00 05"
    /// Up to the first cell of the only row.
    static let cell = head + table + " 01" + update + " 01"
    /// One row without cells; the number of sections follows.
    static let oneRow = head + table + " 01" + update + " 00"
    static let device = " d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
    static let hash = String(repeating: " aaaaaaaaaaaaaaaa", count: 4)
    static let salt = " 51515252535354545555565657575858"
    static let oneSection = oneRow + " 01 01 00 05" + salt

    private static func one(_ description: String, _ hex: String, _ refusal: String) -> Case {
        (description, [(hex, 1)], refusal)
    }

    static var all: [Case] {
        heads + varints + names + contexts + tables + rows + deletes + cells + values + texts
            + sections + sectionContents + sizes
    }

    private static let heads = [
        one("no bytes", "", "truncated"),
        one("version 0", "00" + head.dropFirst(2) + " 00 00 00", "unknownVersion 0"),
        one("version 2", "02" + head.dropFirst(2) + " 00 00 00", "unknownVersion 2"),
        one("flag 08", "01 08 0000010000000000 01 00 00 00 00", "unknownCode flags 8"),
        one("flag 80", "01 80 0000010000000000 01 00 00 00 00", "unknownCode flags 128"),
        one("stamp 2^62", "01 00 0000000000000040 01 00 00 00 00", "stampOutOfRange"),
        one("stamp 2^64 - 1", "01 00 ffffffffffffffff 01 00 00 00 00", "stampOutOfRange"),
        one("stamp cut", "01 00 00000100000000", "truncated"),
        one("a byte too many", head + " 00 00 00 00", "trailing 1"),
        one("no section count", head + " 00 00", "truncated"),
        one(
            "minimum reader 2^32", "01 00 0000010000000000 8080808010 00 00 00 00",
            "beyondLimit schema version"),
    ]

    private static let varints = [
        one("1 in two bytes", "01 00 0000010000000000 8100 00 00 00 00", "varintNotMinimal"),
        one("0 in two bytes", "01 00 0000010000000000 8000 00 00 00 00", "varintNotMinimal"),
        one(
            "a tenth byte of 02", cell + " 01 01 80808080808080808002 00", "varintNotMinimal"),
        one(
            "eleven bytes", cell + " 01 01 8080808080808080808000 00", "varintNotMinimal"),
        one("varint cut", cell + " 01 01 80", "truncated"),
    ]

    private static let names = [
        one("roster head cut", "01 01 0000010000000000 01 aaaa", "truncated"),
        one(
            "original with sequence 0",
            "01 04 0000010000000000 01" + device + " 01 00" + hash + " 00 00 00 00",
            "beyondLimit sequence"),
        one(
            "original with sequence 2^62",
            "01 04 0000010000000000 01" + device + " 01 808080808080808040" + hash
                + " 00 00 00 00", "beyondLimit sequence"),
        one(
            "original with incarnation 2^32",
            "01 04 0000010000000000 01" + device + " 8080808010 01" + hash + " 00 00 00 00",
            "beyondLimit incarnation"),
    ]

    private static let contexts = [
        one("4,097 context entries", start + " 8120", "beyondLimit context entries"),
        one("two entries, one there", start + " 02" + device + " 01 01" + eight, "truncated"),
        one(
            "sequence 0", start + " 01" + device + " 01 00" + eight + " 00 00 00",
            "beyondLimit sequence"),
        one(
            "sequence 2^62",
            start + " 01" + device + " 01 808080808080808040" + eight
                + " 00 00 00", "beyondLimit sequence"),
        one(
            "incarnation 2^32", start + " 01" + device + " 8080808010 01" + eight + " 00 00 00",
            "beyondLimit incarnation"),
        one(
            "a writer and chain twice",
            start + " 02" + (device + " 01 01" + eight)
                + (device + " 01 02" + eight) + " 00 00 00", "notCanonical context order"),
        one(
            "branches descending",
            start + " 02" + (device + " 01 01" + eight)
                + (device + " 01 02 c1c2c3c4c5c6c7c7") + " 00 00 00",
            "notCanonical context order"),
        one(
            "incarnations descending",
            start + " 02" + (device + " 02 01" + eight)
                + (device + " 01 02" + eight) + " 00 00 00", "notCanonical context order"),
    ]
    private static let eight = " c1c2c3c4c5c6c7c8"

    private static let tables = [
        one("4,097 prefixes", head + " 8120", "beyondLimit id prefixes"),
        one("two prefixes, one there", head + " 02 a1a2a3a4a5a6a7a8a9aa 00 00", "truncated"),
        one(
            "a prefix twice", head + " 02 a1a2a3a4a5a6a7a8a9aa a1a2a3a4a5a6a7a8a9aa 00 00",
            "notCanonical id prefix twice"),
        one("a prefix unused", head + table + " 00 00", "notCanonical unused prefix"),
        one(
            "a position beyond the table", head + table + " 01 28 01 01 05 00 00",
            "unknownCode prefix 1"),
        one(
            "prefixes not in order of use",
            head + " 02 a1a2a3a4a5a6a7a8a9aa b1b2b3b4b5b6b7b8b9ba"
                + " 02 28 01 01 05 00 28 01 00 05 00 00", "notCanonical prefix order"),
    ]

    private static let rows = [
        one("4,097 rows", head + " 00 8120", "beyondLimit rows"),
        one("one row, four bytes", head + table + " 01 28 01 00 05", "truncated"),
        one(
            "collection 2^32", head + table + " 01 8080808010 01 00 05 00 00",
            "beyondLimit collection"),
        one("row code 03", head + table + " 01 28 03 00 05 00 00", "unknownCode row kind 3"),
        one("row code 42", head + table + " 01 28 42 00 05 00 00", "unknownCode row kind 66"),
        one(
            "counter 2^48", head + table + " 01 28 01 00 80808080808040 00 00",
            "beyondLimit row counter"),
        one(
            "an insert with a bump", head + table + " 01 28 80 00 05 00",
            "notCanonical row stamp without delete"),
        one(
            "an update with a bump", head + table + " 01 28 81 00 05 00",
            "notCanonical row stamp without delete"),
    ]

    private static let deletes = [
        one(
            "a delete with a cell", head + table + " 01 28 02 00 05 01 00 00",
            "notCanonical delete with cells"),
        one(
            "a delete with a bump of 0", head + table + " 01 28 82 00 05 00 00 00",
            "notCanonical stamp without bump"),
        one(
            "a delete bumped to 2^62",
            head + table + " 01 28 82 00 05 8080fcffffffffff3f 00 00", "stampOutOfRange"),
        one(
            "a delete bumped by 2^64 - 1",
            head + table + " 01 28 82 00 05 ffffffffffffffffff01 00 00", "stampOutOfRange"),
    ]

    private static let cells = [
        one("513 cells", head + table + " 01" + update + " 8104", "beyondLimit cells"),
        one("two cells, one there", head + table + " 01" + update + " 02 01 00 00", "truncated"),
        one("field 0", cell + " 00 00 00", "unknownCode field 0"),
        one("field 2^32", cell + " 8080808010 00 00", "beyondLimit field"),
        one(
            "a field twice", head + table + " 01" + update + " 02 07 00 07 00 00",
            "notCanonical field order"),
        one(
            "fields descending", head + table + " 01" + update + " 02 07 00 06 00 00",
            "notCanonical field order"),
        one("value code 6", cell + " 01 06 00 00", "unknownCode value 6"),
        one("value code 15", cell + " 01 0f 00 00", "unknownCode value 15"),
        one("action 4", cell + " 01 41", "unknownCode cell action 4"),
        one("action 7", cell + " 01 f1", "unknownCode cell action 7"),
        one("an increment by a text", cell + " 01 13", "notCanonical increment"),
        one("an increment by null", cell + " 01 10 00 00", "notCanonical increment"),
        one("a cell bump of 0", cell + " 01 80 00 00", "notCanonical stamp without bump"),
        one("a cell bumped to 2^62", cell + " 01 80 8080fcffffffffff3f 00", "stampOutOfRange"),
        one("a reference beyond the table", cell + " 01 05 01 05 00", "unknownCode prefix 1"),
    ]

    private static let values = [
        one("minus zero", cell + " 01 02 0000000000000080 00", "notCanonical real"),
        one("a NaN with payload", cell + " 01 02 010000000000f87f 00", "notCanonical real"),
        one("a negative NaN", cell + " 01 02 000000000000f8ff 00", "notCanonical real"),
        one("a signalling NaN", cell + " 01 02 010000000000f07f 00", "notCanonical real"),
        one("a real cut", cell + " 01 02 0000000000000000", "truncated"),
        one("an integer not minimal", cell + " 01 01 8200 00", "varintNotMinimal"),
        one("a blob longer than the rest", cell + " 01 04 03 0000", "truncated"),
        one("a blob of 262,145 bytes", cell + " 01 04 818010", "beyondLimit blob bytes"),
    ]

    private static let texts = [
        one("a text of 262,145 bytes", cell + " 01 03 818010", "beyondLimit text bytes"),
        one("a text longer than the rest", cell + " 01 03 03 6161", "truncated"),
        one("an overlong zero", cell + " 01 03 02 c080 00", "notUTF8"),
        one("an overlong slash", cell + " 01 03 03 e080af 00", "notUTF8"),
        one("a surrogate", cell + " 01 03 03 eda080 00", "notUTF8"),
        one("above U+10FFFF", cell + " 01 03 04 f4908080 00", "notUTF8"),
        one("a text cut within a letter", cell + " 01 03 02 e782 00", "notUTF8"),
        one("a lone continuation", cell + " 01 03 01 80 00", "notUTF8"),
        one("an FF byte", cell + " 01 03 01 ff 00", "notUTF8"),
    ]

    private static let sections = [
        one("4,097 sections", oneRow + " 8120", "beyondLimit sections"),
        one("section form 2", oneRow + " 01 02 01 05" + hash, "unknownCode section form 2"),
        one(
            "an erased section cut", oneRow + " 01 00 00 05 " + String(repeating: "aa", count: 31),
            "truncated"),
        one(
            "a subject twice", oneRow + " 02 00 00 05" + hash + " 00 00 05" + hash,
            "notCanonical section order"),
        one(
            "subjects descending", oneRow + " 02 00 00 06" + hash + " 00 00 05" + hash,
            "notCanonical section order"),
        one("a subject beyond the table", oneRow + " 01 00 01 05" + hash, "unknownCode prefix 1"),
        one("a salt cut", oneRow + " 01 01 00 05" + salt, "truncated"),
        one(
            "a section longer than the rest", oneSection + " 12" + table + " 01" + update,
            "truncated"),
        one("a section of 1 MiB and 1", oneSection + " 818040", "beyondLimit section bytes"),
        one(
            "a byte after the section", oneSection + " 11" + table + " 01" + update + " 00 00",
            "trailing 1"),
    ]

    private static let sectionContents = [
        one("a section of no bytes", oneSection + " 00", "truncated"),
        one("a section without rows", oneSection + " 02 00 00", "notCanonical empty section"),
        one(
            "a section with an insert", oneSection + " 11" + table + " 01 28 00 00 05 00",
            "notCanonical section row kind"),
        one(
            "a section with a delete", oneSection + " 11" + table + " 01 28 02 00 05 00",
            "notCanonical section row kind"),
        one(
            "a section with a byte over", oneSection + " 12" + table + " 01" + update + " 00 00",
            "trailing 1"),
        one(
            "a section with an unused prefix",
            oneSection + " 1b 02 a1a2a3a4a5a6a7a8a9aa b1b2b3b4b5b6b7b8b9ba 01" + update + " 00",
            "notCanonical unused prefix"),
        one(
            "a value reaching out of its section",
            oneSection + " 15" + table + " 01" + update + " 01 01 03 02 61 61 61 61", "truncated"),
        one(
            "a row reaching out of its section",
            oneSection + " 0c" + table + " 01" + update + " 00", "truncated"),
    ]

    private static let sizes: [Case] = [
        ("1 MiB and 1", [("00", 1_048_577)], "beyondLimit transaction bytes"),
        (
            "4,096 rows and one in a section",
            [
                (head + table + " 8020", 1), (update + " 00", 4_096),
                (" 01 01 00 05" + salt + " 11" + table + " 01" + update + " 00", 1),
            ], "beyondLimit transaction rows"
        ),
    ]
}
