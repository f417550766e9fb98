import CRDT
import Foundation
import FrontDesk
import Peripherals
import ReplicaStorage
import Sealing
import Signing
import SyncProtocol
import Testing

@testable import EdgeNode

/// Whatever goes wrong is said in words: no text for people holds the name of a case.
@Suite struct SentencesTests {
    /// One of each case of each public error type; a `switch` without `default` in its words makes
    /// sure that a new case has some.
    static let errors: [any Error] =
        decoding + sealing + violations + rosters + pairings + labels + links + lines
        + CloseReason.allCases + MailboxRefusal.allCases + RelayCloseReason.allCases
        + MailboxRefusal.allCases.map(RelayErrand.Trouble.refused)
        + RelayCloseReason.allCases.map(RelayErrand.Trouble.closed) + [
            RelayErrand.Trouble.silent, LinkEnded(), FrameRefusal("it is another box's"),
            PackProblems(["Two packs are named core."]), NodeFault(.busy, "try again"),
            RecordFault("birth_date", "is blank"), ImportProblem(row: 2, "is blank"),
            DeskRefusal(.unknown, "It is not here."),
            StorageError(.busy, "try again"), ScanPayload.Problem.foreign,
            ScanPayload.Problem.newerForm, ScanPayload.Problem.wrongCheck, CancellationError(),
        ]

    @Test(arguments: errors.indices)
    func `an error of ours reads as a sentence`(index: Int) {
        Self.expectWords(FaultWords.of(Self.errors[index]))
    }

    @Test(arguments: LinkScene.outcomes.indices)
    func `what became of a frame reads as a sentence`(index: Int) {
        Self.expectWords("\(LinkScene.outcomes[index])")
    }

    @Test(arguments: [
        (#"{"printers": 7}"#, "“printers” is of another kind"), (#"{"printers":"#, "no JSON"),
        (#"{"printers": {"usb-1": {"roles": "collar"}}}"#, "“printers, usb-1, roles”"),
    ])
    func `a document is told by the place that is wrong`(document: String, words: String) throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-words-\(UUID().uuidString).json")
        try Data(document.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let fault = #expect(throws: NodeFault.self) { try DeviceSettings.read(file) }
        let message = try #require(fault?.message)
        #expect(message.contains(words), "\(message)")
    }

    @Test func `a file that is not there is told by its path`() throws {
        let path = "/nowhere/at-all/\(UUID().uuidString)"
        do {
            _ = try Data(contentsOf: URL(fileURLWithPath: path))
            Issue.record("it was read")
        } catch {
            let words = FaultWords.of(error)
            #expect(words.contains(path), "\(words)")
            #expect(!words.contains("Domain"), "\(words)")
        }
    }

    private static func expectWords(_ text: String) {
        #expect(!text.contains(#/\b[a-z]+[A-Z][A-Za-z]*\b/#), "a case's name: \(text)")
        #expect(!text.contains(#/\w\(\w*:/#), "a case's values: \(text)")
        #expect(text.split(separator: " ").count >= 2, "no sentence: \(text)")
    }

    /// An open quote, bytes that are no text, and a quote within.
    private static var lines: [any Error] {
        ([[0x22, 0x61], [0xFF], [0x61, 0x22, 0x61]] as [[UInt8]]).compactMap { bytes in
            var reader = CSVReader(bytes)
            guard case .failure(let problem)? = reader.next() else { return nil }
            return problem
        }
    }
    private static let decoding: [any Error] =
        [
            CRDT.DecodingError.truncated, .trailing(3), .varintNotMinimal, .beyondLimit("rows"),
            .unknownVersion(9), .unknownCode("kind", 9), .notUTF8, .notCanonical("order"),
            .stampOutOfRange,
        ] as [CRDT.DecodingError]
    private static let sealing: [any Error] =
        [
            .truncated(bytes: 3), .tooLarge(bytes: 9, limit: 8), .unknownVersion(2),
            .unknownSuite(3),
            .unknownEpoch(7), .notAuthentic, .malformedPadding, .malformedPacking,
            .malformedContent(.truncated),
        ] as [SealingError]
    private static let violations: [any Error] =
        [
            .wrongType(collection: 3, field: 4), .wrongAction(collection: 3, field: 4),
            .createOnly(collection: 3, field: 4), .appendOnly(collection: 3),
            .misplaced(collection: 3, field: 4), .notANumber(collection: 3, field: 4),
            .nullAtBirth(collection: 3, field: 4),
        ] as [CRDT.Violation]
    private static let rosters: [any Error] =
        [
            .foreignTenant(TenantID(1)), .notGenesis, .unknownAuthor(DeviceID(2)), .badSignature,
            .tooManyWaiting, .full,
        ] as [Roster.Refusal]
    private static let pairings: [any Error] =
        [
            .codesDiffer, .codesDifferThere, .declined, .declinedThere, .notOpenThere, .expired,
            .malformed("it ends too early"), .storeFailed("the disk is full"),
            .nameTaken, .nameTakenThere,
            .linkLost(wasAdmitted: true), .linkLost(wasAdmitted: false),
        ] as [PairingFailure]
    private static let labels: [any Error] =
        ([
            .pageTooWide(dots: 900, headDots: 832), .pageTooLong(dots: 40_000), .emptyPage,
            .tooManyElements(200), .unusablePayload(element: 0), .codeTooSmall(element: 0),
            .offThePage(element: 0), .copiesOutOfRange(0),
        ] as [ZPL.Problem])
        + ([
            .unknownCommand("^ZZ"), .oddParameters("^FO"), .incompleteField, .tooLong, .oddPage,
            .strayBytes, .notOneLabel(2),
        ] as [ZPLRefusal])
    private static let links: [any Error] =
        ([
            .unplugged, .stalled, .cancelled, .busy, .noAccess, .overflow, .closed, .crowded,
            .unsupported, .failed("no luck"),
        ] as [LinkFault.Reason]).map { LinkFault($0) }
        + ([
            .unknownKey(usage: 4, modifiers: 0), .severalKeysAtOnce(2), .keyboardFault(usage: 1),
            .unfinished, .typing, .tooShort, .tooLong, .withoutPrefix, .withoutSuffix, .withoutAIM,
            .oddReport(bytes: 3), .lengthBeyondReport(70), .brokenContinuation, .unplugged,
        ] as [ScanRefusal.Reason]).map { ScanRefusal($0) }
}

extension LinkScene {
    fileprivate static let outcomes: [MergeOutcome] = [
        .applied(transactions: 2), .duplicate, .gap(next: 3), .fork(at: 4),
        .malformed(sequence: 5, .truncated), .unsigned, .crowded,
    ]
}
