import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import Synchronization

extension World {
    /// Somebody decides something about the tenant: a roster entry, an erase order, or an item of a
    /// kind that is not known yet. It travels in the control lane.
    func enterNews(at box: Int) {
        guard let replica = boxes[box].replica else { return }
        let author = tenant.identities[box]
        let body = dice.bytes(1 + dice.below(300))
        // Made out here: inside the closure it crashed debug builds (Swift 6.3.1).
        let item: ControlItem? =
            switch dice.below(4) {
            case 0: .carried(kind: 200, body: body)
            case 1: eraseOrder(by: author)
            default: nil
            }
        let task = executor.start { [weak self] in
            do throws(StorageError) {
                if let item {
                    try await replica.enter(item)
                    self?.acknowledge(news: item.id, at: box)
                } else {
                    let entry = try await replica.enter(
                        .carried(kind: 200, body: body), by: author)
                    self?.acknowledge(news: entry.hash, at: box)
                }
            } catch {
                self?.refuse(error, at: box)
            }
        }
        boxes[box].tasks.append(task)
        report.news += 1
    }

    private func eraseOrder(by author: DeviceIdentity) -> ControlItem? {
        let number = dice.next()
        return EraseOrder(
            tenant: tenant.tenant, subject: RowID(UInt128(number)), reason: .request,
            stamp: Stamp(number >> 2) ?? .zero, sections: [], by: author
        ).map(ControlItem.erase)
    }

    private func acknowledge(news: ContentHash, at box: Int) {
        acknowledgedNews.withLock { $0.append((box, news)) }
    }

    /// I14: what was entered at one box is known at all of them, and they name the lane alike;
    /// a box that starts again still knows its own.
    func checkNews(at box: Int, isAtEnd: Bool) throws {
        let news = acknowledgedNews.withLock {
            $0.filter { isAtEnd || ($0.box == box && !awaitedNews.contains($0.item)) }
        }
        let known = try ask(box) { replica in await replica.known(of: news.map(\.item)) }
        if let (author, item) = news.first(where: { !known.contains($0.item) }) {
            throw Broken(
                invariant: "I14",
                detail: "box \(box) lacks \(item), entered at \(author); it has \(known.count)")
        }
        guard isAtEnd else { return }
        let lanes = try (ask(0) { await $0.status().lane }, ask(box) { await $0.status().lane })
        if lanes.0 != lanes.1 {
            throw Broken(invariant: "I14", detail: "box \(box) names another lane than box 0")
        }
    }
}
