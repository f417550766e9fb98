import CRDT
import ReplicaStorage
import Testing

/// Which answers a box lets go.
struct AnswersTests {
    @Test func `answers that are too old go, but for the newest ones`() throws {
        let box = try Box(1)
        let store = box.store
        try store.durably { () throws(StorageError) in
            for number in 0..<6 {
                try store.keepInside(
                    StoredAnswer(
                        key: "\(number)", request: ContentHash(0, 0, 0, 1), answer: [],
                        wallMilliseconds: Int64(number)))
            }
        }
        #expect(try Self.left(box, before: 4, keeping: 3) == ["3", "4", "5"])
        #expect(try Self.left(box, before: 4, keeping: 0) == ["4", "5"])
        #expect(try Self.left(box, before: 0, keeping: 0) == ["4", "5"])
    }

    private static func left(
        _ box: Box, before moment: Int64, keeping newest: Int
    ) throws -> [String] {
        let store = box.store
        try store.durably { () throws(StorageError) in
            try store.forgetAnswersInside(before: moment, keeping: newest)
        }
        return try (0..<6).map { "\($0)" }.filter { try store.reader.answer(to: $0) != nil }
    }
}
