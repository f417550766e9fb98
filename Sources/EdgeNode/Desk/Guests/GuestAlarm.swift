internal import CRDT
internal import ReplicaStorage
internal import Synchronization

/// The alarm of guests whose records are gone, made anew only when something it is made of has
/// changed: everybody on the network may ask how the box stands, and each guest costs some reads.
final class GuestAlarm: Sendable {
    private struct Kept {
        let place: ChangeFeed.Place
        let sentence: String?
    }

    private static let names = ["stay", "stay_event", "animal", "booking", "party", "resource"]
    private let collections: Set<UInt32>
    private let kept = Mutex<Kept?>(nil)

    init(_ schema: Schema) {
        collections = Set(Self.names.compactMap { schema.collection(named: $0)?.id })
    }

    /// - Parameter read: on a snapshot that is opened by it.
    func sentence(
        _ feed: ChangeFeed, read: () throws(NodeFault) -> String?
    ) throws(NodeFault) -> String? {
        if let kept = kept.withLock({ $0 }) {
            let news = feed.changes(after: kept.place)
            if let rows = news.rows, rows.collections.isDisjoint(with: collections) {
                self.kept.withLock { $0 = Kept(place: news.place, sentence: kept.sentence) }
                return kept.sentence
            }
        }
        // Before the snapshot: what comes in between is looked at twice, never not at all.
        let place = feed.place
        let sentence = try read()
        kept.withLock { $0 = Kept(place: place, sentence: sentence) }
        return sentence
    }
}
