import CRDT

/// The lines of all writers, sorted, at most those of both vectors.
struct Ledger: Equatable, Sendable {
    private(set) var lines: [WriterLine] = []
    /// Lines of writers of whom we hold something; the others only a peer has named.
    private var ownCount = 0

    init(own vector: VersionVector) { update(own: vector) }

    /// The line of a writer, made when it is new.
    subscript(writer: WriterID) -> WriterLine {
        get {
            let place = position(of: writer)
            return holds(writer, at: place) ? lines[place] : WriterLine(writer)
        }
        _modify {
            let place = position(of: writer)
            if !holds(writer, at: place) { lines.insert(WriterLine(writer), at: place) }
            yield &lines[place]
        }
    }

    /// Whether a peer has named as many strangers as a vector holds. Our own writers always fit.
    var isFull: Bool { lines.count - ownCount >= SyncLimits.vectorEntriesMax }

    func knows(_ writer: WriterID) -> Bool { holds(writer, at: position(of: writer)) }

    var isLevel: Bool { lines.allSatisfy(\.isLevel) }

    /// Our heads after a commit.
    mutating func update(own vector: VersionVector) {
        for (writer, heads) in vector.branchesByWriter where self[writer].own != heads {
            if self[writer].own.isEmpty { ownCount += 1 }
            self[writer].own = heads
        }
    }

    /// The peer's whole vector: what it does not name it does not hold, and what was sent without
    /// effect may be sent again.
    mutating func replaceConfirmed(by vector: VersionVector) {
        // Strangers of an earlier vector go, or every vector would add its own to them.
        lines.removeAll { $0.own.isEmpty }
        for place in lines.indices {
            lines[place].confirmed = []
            lines[place].scheduled = []
            lines[place].fruitless = nil
        }
        for (writer, heads) in vector.branchesByWriter { self[writer].confirmed = heads }
    }

    /// After an equal hash: the peer holds just what we said we hold.
    mutating func confirmAll(_ vector: VersionVector) {
        replaceConfirmed(by: vector)
        tell(vector)
    }

    mutating func tell(_ vector: VersionVector) {
        for (writer, heads) in vector.branchesByWriter { self[writer].told = heads }
    }

    private func position(of writer: WriterID) -> Int {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].writer < writer { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func holds(_ writer: WriterID, at place: Int) -> Bool {
        place < lines.count && lines[place].writer == writer
    }
}

extension VersionVector {
    /// The entries of each writer together, writers in order.
    var branchesByWriter: [(writer: WriterID, heads: [ContextEntry])] {
        var groups: [(writer: WriterID, heads: [ContextEntry])] = []
        for entry in entries {
            if groups.last?.writer == entry.writer {
                groups[groups.count - 1].heads.append(entry)
            } else {
                groups.append((entry.writer, [entry]))
            }
        }
        return groups
    }
}
