internal import Glibc

/// How desks call a box: DNS names and numeric addresses, 1 to 32 of them.
public struct ServerNames: Hashable, Sendable {
    /// Lower case, ascending.
    public let dnsNames: [String]
    /// The 4 or 16 bytes of each address, ascending.
    public let addresses: [[UInt8]]

    /// More than any box has; a certificate stays small.
    static let countMax = 32

    /// Why something is no name.
    public struct Refusal: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Sorts names from addresses and drops repeats.
    ///
    /// - Throws: `Refusal` for what is neither, for a wildcard, and for none or too many.
    public init(_ texts: [String]) throws(Refusal) {
        var names: Set<String> = []
        var addresses: Set<[UInt8]> = []
        for text in texts {
            if let address = Self.address(text) {
                addresses.insert(address)
            } else if Self.isName(text) {
                names.insert(text.lowercased())
            } else {
                throw Refusal(
                    description: "“\(text)” is no host name and no numeric address")
            }
        }
        guard (1...Self.countMax).contains(names.count + addresses.count) else {
            throw Refusal(description: "a box has 1 to \(Self.countMax) names and addresses")
        }
        dnsNames = names.sorted()
        self.addresses = addresses.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Letters, digits and hyphens between dots (RFC 1123, 2.1), at most 253 bytes.
    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
                    default: false
                    }
                }
        }
        // What ends in a number is an address that went wrong.
        return areLabels && !(labels.last?.allSatisfy(\.isNumber) ?? true)
    }

    private static func address(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        return withUnsafeBytes(of: sixteen) { Array($0) }
    }
}
