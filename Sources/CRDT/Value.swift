/// What a cell holds. Equality is by bytes: a composed and a decomposed é are two texts, because a
/// replica must give back what it was given.
public enum Value: Sendable {
    case null
    case integer(Int64)
    /// Never a NaN with payload nor -0.0: `Value.real(normalizing:)` removes both.
    case real(Double)
    case text(String)
    case blob([UInt8])
    case reference(RowID)

    /// One NaN and one zero, so that equal numbers have equal bytes.
    public static func real(normalizing number: Double) -> Value {
        number.isNaN ? .real(.nan) : .real(number == 0 ? 0 : number)
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

extension Value: Hashable {
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a.bitPattern == b.bitPattern
        case (.text(let a), .text(let b)): a.hasBytes(of: b)
        case (.blob(let a), .blob(let b)): a == b
        case (.reference(let a), .reference(let b)): a == b
        case (.null, _), (.integer, _), (.real, _), (.text, _), (.blob, _), (.reference, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .integer(let number): hasher.combine(number)
        case .real(let number): hasher.combine(number.bitPattern)
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .blob(let bytes): hasher.combine(bytes)
        case .reference(let row): hasher.combine(row)
        }
    }
}

extension Value: Comparable {
    /// A total order for reducers and digests: by kind (null first), then by number or by bytes.
    /// Integers stand before reals: comparing across them would leave 1 and 1.0 without an order.
    public static func < (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): a < b
        case (.real(let a), .real(let b)): a.isNaN ? false : b.isNaN || a < b
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.blob(let a), .blob(let b)): a.lexicographicallyPrecedes(b)
        case (.reference(let a), .reference(let b)): a < b
        case (.null, _), (.integer, _), (.real, _), (.text, _), (.blob, _), (.reference, _):
            left.kindOrder < right.kindOrder
        }
    }

    private var kindOrder: Int {
        switch self {
        case .null: 0
        case .integer: 1
        case .real: 2
        case .text: 3
        case .blob: 4
        case .reference: 5
        }
    }
}

extension String {
    /// Equality by bytes. Most comparisons are of a text with itself, which shares its storage.
    fileprivate func hasBytes(of other: String) -> Bool {
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                left.count == right.count
                    && (left.baseAddress == right.baseAddress || left.elementsEqual(right))
            }
        }
        return isSame.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
    }
}
