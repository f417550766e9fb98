public import CRDT
internal import Foundation
public import FrontDesk
public import Peripherals
internal import ReplicaStorage
internal import Signing

/// What somebody at the door asks for.
public struct CheckInWish: Sendable, Hashable {
    /// Who stands there, as an id or a scanned code names it.
    public enum Guest: Sendable, Hashable {
        case booking(RowID)
        case animal(RowID)
    }

    public let guest: Guest
    /// Who brought the animals, if it was not the customer.
    public let handedBy: String?
    /// Who is signed in at the desk.
    public var staff: RowID?
    /// Nil for all of the booking's.
    public var animals: [RowID]?
    /// A manager's word for what the rules refuse.
    public var approval: Approval?

    public init(guest: Guest, handedBy: String? = nil) {
        self.guest = guest
        self.handedBy = handedBy
    }
}

/// What a check-in made.
public struct CheckedIn: Sendable, Hashable {
    public let booking: RowID
    public let stays: [RowID]
    public let printJobs: [RowID]
    /// What the desk should see although the animal is in.
    public let remarks: [CheckInRemark]
}

/// What the desk does at this box: every command reads, decides and writes in one turn of the
/// replica.
public struct Desk: Sendable {
    let node: Node
    /// The packs by which this desk works.
    public let packs: InstalledPacks
    let forms: CheckInForms
    private let templates: [String]

    /// - Parameter templates: the labels that each animal gets at its check-in.
    /// - Throws: `NodeFault` if the packs lack what the desk writes.
    public init(
        _ node: Node, _ packs: InstalledPacks,
        templates: [String] = ["collar-tag", "kennel-card"]
    ) throws {
        self.node = node
        self.packs = packs
        self.templates = templates
        do throws(PackProblems) {
            forms = try CheckInForms(packs.schema)
        } catch {
            throw NodeFault(.stopped, error.sentences.joined(separator: " "))
        }
    }

    /// Checks a booking's animals in and queues their tags and cards, in one transaction, once a
    /// key.
    ///
    /// - Parameters:
    ///   - request: what the key belongs to; the same key with another request is refused.
    ///   - encode: the answer as it is kept and sent.
    /// - Returns: the answer, and whether it was given before.
    /// - Throws: `DeskRefusal` or `NodeFault`.
    public func checkIn(
        _ wish: CheckInWish, key: String, request: [UInt8],
        encode: @escaping @Sendable (CheckedIn) -> [UInt8]
    ) async throws -> (answer: [UInt8], isReplayed: Bool) {
        let now = node.environment.wallMilliseconds()
        // Looking for the booking is the long part; it does not hold up who writes.
        let candidate = try node.read { reader throws(StorageError) in
            try CheckInReading(
                named: NamedReader(reader: reader, schema: node.replica.schema),
                siteName: node.facts.name
            ).candidate(of: wish)
        }
        let turn = CheckInTurn(
            wish: wish, candidate: candidate, key: key,
            request: BLAKE2bHasher().hash(request), now: now, today: Self.day(now),
            premises: node.premises, forms: forms, labels: labels(), encode: encode)
        let reply = try await node.turn { reader, ids throws(StorageError) in
            try turn.perform(reader, &ids)
        }
        return (reply.bytes, reply.isReplayed)
    }

    /// What was answered under a key; `nil` if nothing was.
    ///
    /// - Throws: `DeskRefusal` if the key belongs to another request.
    public func answer(to key: String, request: [UInt8]) throws -> [UInt8]? {
        let known = try node.read { reader throws(StorageError) in try reader.answer(to: key) }
        guard let known else { return nil }
        guard known.request == BLAKE2bHasher().hash(request) else { throw DeskRefusal.keyReused }
        return known.answer
    }

    func labels() -> [LabelWish] {
        templates.compactMap { packs.template($0) }
            .map { LabelWish($0, box: node.box) }
    }

    /// The day on the wall calendar of this box.
    static func day(_ milliseconds: Int64) -> LocalDate? {
        let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        let parts = Calendar(identifier: .gregorian)
            .dateComponents([.year, .month, .day], from: moment)
        guard let year = parts.year, let month = parts.month, let day = parts.day else {
            return nil
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return LocalDate("\(year)-\(two(month))-\(two(day))")
    }
}

extension Desk {
    /// An animal's collar tag as a printer takes it, with what could not be set as it was written;
    /// makes no job.
    public func collarTag(
        of animal: RowID, for printer: ZPL.Printer, raster: (any TextRaster)? = nil
    ) throws -> ZPL.Label {
        guard let animals = packs.schema.collection(named: "animal"),
            let shown = try node.row(animal, of: animals)
        else { throw DeskRefusal(.unknown, "This animal is not known here.") }
        let row = NamedRow(shown, animals)
        let tag = CollarTag(
            animal: animal, animalName: row.text("name"),
            about: [row.text("breed"), row.text("sex")].compactMap(\.self),
            siteName: node.facts.name)
        guard let template = packs.template("collar-tag") else {
            throw NodeFault(.stopped, "the packs have no collar tag")
        }
        do throws(ZPL.Problem) {
            let document = template.document(filledWith: tag.data.values)
            return try ZPL.encode(document, for: printer, raster: raster)
        } catch {
            throw NodeFault(.refused, "the tag cannot be set on this printer: \(error)")
        }
    }
}
