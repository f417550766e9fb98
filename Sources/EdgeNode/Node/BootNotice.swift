internal import CRDT
internal import ReplicaStorage

/// What a start found out about this box's own history, in words for people.
struct BootNotice {
    private let boot: BootReport
    private let now: VersionVector

    /// - Parameter now: the vector at this moment; what came back by now is no longer missing.
    init(_ boot: BootReport, now: VersionVector) {
        self.boot = boot
        self.now = now
    }

    /// `nil` when the box simply goes on, or has back all that it had lost.
    var sentence: String? {
        switch boot.continuity {
        case .newReplica, .continued: return nil
        case .behindAnchor:
            guard let (writer, sequences) = boot.lost else { return nil }
            let have = now.sequence(of: writer)
            guard have < sequences.upperBound else { return nil }
            return """
                The database is older than what this box had sent: its own transactions \
                \(max(have + 1, sequences.lowerBound)) to \(sequences.upperBound) are missing \
                here. They come back when a box that has them is reached. What was never sent is \
                lost; until then look twice at today's entries.
                """
        case .anchorMissing:
            return """
                The file `anchor` was missing beside the database, so this box cannot know whether \
                it had sent more than it still has. Whatever was sent comes back when another box \
                is reached.
                """
        case .anchorDamaged:
            return """
                The file `anchor` beside the database was damaged and has been written anew: this \
                box cannot know whether it had sent more than it still has, so it goes on under a \
                new incarnation. Whatever was sent comes back when another box is reached. Look at \
                the disk: a file that nobody writes by hand does not break by itself.
                """
        case .otherHost:
            return """
                This folder was made on another machine. It goes on here under a new incarnation; \
                never run both copies as the same box.
                """
        }
    }
}
