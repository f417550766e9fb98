import CRDT
import FrontDesk
import Peripherals
import Testing

@Suite struct ScanToPayloadTests {
    private let payload = ScanPayload(.stay, RowID(0x1F3C_9D2E_77A1))

    @Test func `a scanned tag is the row that it names`() throws {
        let scan = Scan(
            bytes: Array(payload.text.utf8), text: payload.text, at: ContinuousClock.now)
        #expect(try ScanPayload.parse(scan) == payload)
    }

    @Test func `a scan that is no text is a foreign code`() {
        let scan = Scan(bytes: [0xFF, 0xFE], text: nil, at: ContinuousClock.now)
        #expect(throws: ScanPayload.Problem.foreign) { try ScanPayload.parse(scan) }
    }
}
