internal import ReplicaStorage

/// Whether a box can be relied on now.
public enum NodeHealth: String, Sendable, Hashable {
    case ok
    /// It works, and a person must know something.
    case degraded
    /// Records cannot all be read, or nothing can be stored.
    case failing
}

/// What a person must know of the disk, and do.
package struct DiskNotice {
    /// A busy day of a large site, its log and a checkpoint's copy have room in it several times.
    static let roomLeast: Int64 = 256 << 20

    private let standing: DiskWatch.Standing
    private let room: Int64?

    /// - Parameter room: bytes that are left; nil where nobody can tell.
    init(_ standing: DiskWatch.Standing, room: Int64?) {
        self.standing = standing
        self.room = room
    }

    /// Room that is there again counts before the next write has found it.
    private var isFull: Bool { standing.isFull && (room ?? 0) < Self.roomLeast }

    var isFailing: Bool { standing.isDamaged || standing.hasFailed || isFull }

    var sentences: [String] {
        var sentences: [String] = []
        if standing.isDamaged { sentences.append(Self.damage) }
        if standing.hasFailed {
            sentences.append(
                """
                The disk failed to read or write the database, so nothing is stored until the \
                node is started again. If it happens again, copy the folder to another disk and \
                run the node from there.
                """)
        }
        if isFull {
            sentences.append(
                """
                The disk is full: nothing new can be stored, and what was refused was not stored \
                in part either. Free some space on the disk of the node's folder; then try again.
                """)
        } else if let room, room < Self.roomLeast {
            sentences.append(
                """
                Only \(room >> 20) MiB are left on the disk of the node's folder. Free some space: \
                at \(Self.roomLeast >> 20) MiB this notice goes, at none no check-in is stored.
                """)
        }
        return sentences
    }

    /// What to do about a damaged database.
    package static let damage = """
        The database of this box, replica.db, is damaged; what it answers may be incomplete. Stop \
        the node, move this file and those named after it (-wal, -shm) to a safe place, and start \
        the node with --begin-empty: the other boxes fill it again. Keep what you moved until they \
        have; what no other box had yet is only there. A box that is alone needs its backup \
        instead.
        """
}
