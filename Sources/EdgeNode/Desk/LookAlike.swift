internal import CRDT
internal import Foundation
internal import ReplicaStorage

/// Tells names that people would take for one another: `Mara Reyes`, `mara  reyes`, `Ｍara Reyes`
/// and one with a Cyrillic а are one name on a sign-in page.
enum LookAlike {
    /// Equal for names that look alike: compatibility forms (NFKC, UAX 15), no case, single spaces,
    /// nothing invisible, and letters of other scripts that look Latin as the Latin ones.
    static func look(of name: String) -> String {
        let composed = name.precomposedStringWithCompatibilityMapping
            .folding(options: [.caseInsensitive, .widthInsensitive], locale: nil)
            .precomposedStringWithCompatibilityMapping
        var look = String.UnicodeScalarView()
        for scalar in composed.unicodeScalars {
            if scalar.properties.isDefaultIgnorableCodePoint { continue }
            look.append(latin[scalar] ?? scalar)
        }
        return String(look).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A row in use that has such a name.
    ///
    /// - Parameter row: is not compared; nil for a new one.
    static func other(
        than row: RowID?, like name: String, in field: String, of collection: RowCollection,
        _ reader: Reader
    ) throws(StorageError) -> (id: RowID, name: String)? {
        let wanted = look(of: name)
        let hasActive = collection.field(named: "active") != nil
        var found: (id: RowID, name: String)?
        try reader.scan(collection, fields: [field] + (hasActive ? ["active"] : [])) {
            id, values throws(StorageError) in
            guard found == nil, id != row, case .text(let text) = values[0],
                !hasActive || values[1] != .integer(0), look(of: text) == wanted
            else { return }
            found = (id, text)
        }
        return found
    }

    /// Why the name cannot be taken, as the rest of a sentence.
    static func reason(_ name: String, _ other: (id: RowID, name: String)) -> String {
        let other = "“\(other.name)” (\(RowName.text(other.id)))"
        return "\(other) is here already and looks the same; add what tells them apart"
    }

    /// Letters that look Latin, of Unicode's confusables (UTS 39) what keyboards of Greek and
    /// Cyrillic have.
    private static let latin: [Unicode.Scalar: Unicode.Scalar] = [
        "а": "a", "в": "b", "е": "e", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c",
        "т": "t", "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d", "һ": "h", "ԛ": "q",
        "ԝ": "w", "α": "a", "β": "b", "ε": "e", "ζ": "z", "η": "h", "ι": "i", "κ": "k", "μ": "m",
        "ν": "n", "ο": "o", "ρ": "p", "τ": "t", "υ": "y", "χ": "x", "ı": "i",
    ]
}
