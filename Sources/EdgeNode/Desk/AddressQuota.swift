internal import Synchronization

/// How many connections each address of the local network holds. A desk's browser opens six or so;
/// one that opens hundreds and says nothing would else take the places of all the others.
public final class AddressQuota: Sendable {
    /// Connections of one address at once.
    public static let connectionsMax = 64

    private let held = Mutex<[String: Int]>([:])

    public init() {}

    /// Whether there is room for one more; each that was let in must `leave`.
    public func enter(_ address: String) -> Bool {
        held.withLock { held in
            let count = held[address, default: 0]
            guard count < Self.connectionsMax else { return false }
            held[address] = count + 1
            return true
        }
    }

    public func leave(_ address: String) {
        held.withLock { held in
            let count = held[address, default: 0] - 1
            held[address] = count > 0 ? count : nil
        }
    }
}
