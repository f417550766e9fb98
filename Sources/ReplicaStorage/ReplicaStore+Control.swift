public import CRDT

/// A sealed item of the control lane as stored.
public struct StoredControl: Sendable, Hashable {
    /// This replica's own running number.
    public let number: UInt64
    /// The item's name on every replica.
    public let id: ContentHash
    public let bytes: [UInt8]
}

/// How full the control lane's table is.
struct ControlTally {
    /// The running number of the newest item; 0 for none.
    var newest: UInt64 = 0
    var bytes = 0
}

/// The control lane is stored as it came, in the order of its coming. What its items mean is not
/// known here.
extension ReplicaStore {
    /// Items kept: every roster entry there may be, and as many erase orders and others.
    public static let controlItemsMax: UInt64 = 32_768
    /// Bytes of all of them: an item's usual size is 250.
    public static let controlBytesMax = 64 << 20

    /// The running number of the newest item; 0 for none.
    public var newestControl: UInt64 { state.control.newest }

    /// Whether so many more bytes of items are still kept.
    public func hasRoom(control bytes: Int) -> Bool {
        state.control.newest < Self.controlItemsMax
            && state.control.bytes + bytes <= Self.controlBytesMax
    }

    /// Keeps an item that is not here yet, within an open `durably`; a known one stays as it is.
    public func keepInside(control id: ContentHash, _ bytes: [UInt8]) throws(StorageError) {
        let known = try connection.statement("SELECT 1 FROM warren_control WHERE id = ?")
        known.bind(Bindable(id), at: 1)
        defer { known.reset() }
        if try known.step() { return }
        state.control.newest += 1
        state.control.bytes += bytes.count
        try connection.run(
            "INSERT INTO warren_control(number, id, bytes) VALUES(?, ?, ?)",
            Bindable(state.control.newest), Bindable(id), .blob(bytes))
    }

    /// Items after a running number, in the order of their coming.
    public func control(
        after number: UInt64, limit: Int
    ) throws(StorageError) -> [StoredControl] {
        let statement = try connection.statement(
            "SELECT number, id, bytes FROM warren_control WHERE number > ? ORDER BY number LIMIT ?")
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(limit), at: 2)
        defer { statement.reset() }
        var items: [StoredControl] = []
        while try statement.step() {
            items.append(
                StoredControl(
                    number: statement.unsigned(0), id: try statement.hash(1),
                    bytes: statement.bytes(2)))
        }
        return items
    }

    /// From now on transactions are judged by this; what was judged before stays as it was judged.
    public func judge(by rights: any RightsJudge) { configuration.rights = rights }

    func loadControl() throws(StorageError) {
        let statement = try connection.statement(
            "SELECT coalesce(max(number), 0), coalesce(sum(length(bytes)), 0) FROM warren_control")
        defer { statement.reset() }
        guard try statement.step() else { return }
        state.control = ControlTally(
            newest: statement.unsigned(0), bytes: Int(statement.integer(1)))
    }
}
