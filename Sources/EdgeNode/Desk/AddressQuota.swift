internal import Synchronization

/// How many connections each address of the local network holds. A desk's browser opens six or so;
/// one that opens hundreds and says nothing would else take the places of all the others.
public final class AddressQuota: Sendable {
    /// Connections of one address at once.
    public static let connectionsMax = 64

    private let held = Mutex<[String: Int]>([:])

    /// A quota under which no address holds a connection yet; one stands for all of a listener's.
    public init() {}

    /// Takes a place for a connection of an address, as the system writes it; one address's places
    /// are not another's.
    ///
    /// - Returns: whether there was room. Each connection that was let in must `leave` once.
    public func enter(_ address: String) -> Bool {
        held.withLock { held in
            let count = held[address, default: 0]
            guard count < Self.connectionsMax else { return false }
            held[address] = count + 1
            return true
        }
    }

    /// Gives back the place of a connection that was let in. An address that holds none keeps none.
    public func leave(_ address: String) {
        held.withLock { held in
            let count = held[address, default: 0] - 1
            held[address] = count > 0 ? count : nil
        }
    }
}
