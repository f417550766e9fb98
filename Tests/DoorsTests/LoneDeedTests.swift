import CRDT
import FrontDesk
import ReplicaStorage
import Testing

@testable import EdgeNode

/// A deed that meets no other has a whole transaction of the disk for itself, and no savepoint.
@Suite(.timeLimit(.minutes(5))) struct LoneDeedTests {
    @Test func `a refused deed leaves nothing behind, alone or in company`() async throws {
        try await TemporaryNode.with { box in
            let rows = SampleRows(schema: box.packs.schema, site: box.node.site)
            let before = await box.node.status()
            // Its first half could be written.
            func half(_ ids: [RowID]) throws -> [RowOperation] {
                let stranger = RowOperation(
                    collection: try box.collection("animal").id, row: ids[1], kind: .delete,
                    cells: [])
                return [try rows.insert("animal", ids[0], ["name": .text("Rex")]), stranger]
            }
            let alone = try half(await box.node.replica.drawRowIDs(2))
            let error = await #expect(throws: StorageError.self) {
                _ = try await box.node.replica.commit(alone)
            }
            #expect(error?.code == .refused)
            let after = await box.node.status()
            #expect(after.digest == before.digest && after.sequence == before.sequence)
            let ids = await box.node.replica.drawRowIDs(60)
            let deeds = try (0..<20).map { place in
                place % 2 == 0
                    ? try half([ids[3 * place], ids[3 * place + 1]])
                    : [try rows.insert("animal", ids[3 * place + 2], ["name": .text("Bella")])]
            }
            let refused = await withTaskGroup(of: Bool.self) { group in
                for deed in deeds {
                    group.addTask {
                        do {
                            _ = try await box.node.replica.commit(deed)
                            return false
                        } catch {
                            return true
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused == 10)
            #expect(try box.count("animal") == 10)
            #expect(await box.node.status().sequence == before.sequence + 10)
            #expect(try await box.node.verify().findings == [])
        }
    }

    @Test(arguments: [
        0, 1, 15, 0x0123_4567_89AB_CDEF, UInt128(UInt64.max), UInt128(UInt64.max) + 1, UInt128.max,
    ])
    func `a row is found by its name, in letters of either case`(number: UInt128) {
        let name = RowName.text(RowID(number))
        #expect(name.utf8.count == 32 && name == name.lowercased())
        #expect(UInt128(name, radix: 16) == number)
        #expect(RowName.row(name) == RowID(number))
        #expect(RowName.row(name.uppercased()) == RowID(number))
    }

    @Test(arguments: [
        "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
        "+" + String(repeating: "0", count: 31), "-" + String(repeating: "0", count: 31),
        String(repeating: "g", count: 32), String(repeating: "٣", count: 16), " " + "0",
        String(repeating: "0", count: 30) + "é",
    ])
    func `anything but 32 hexadecimal digits names no row`(text: String) {
        #expect(RowName.row(text) == nil)
    }

    @Test(arguments: [(UInt64(0), "0000000000000000"), (0xFEDC_BA98_7654_3210, "fedcba9876543210")])
    func `a number keeps its leading zeros`(number: UInt64, text: String) {
        #expect(RowName.text(number) == text)
    }
}
