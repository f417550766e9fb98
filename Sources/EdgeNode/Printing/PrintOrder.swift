internal import CRDT
internal import Foundation
internal import FrontDesk
internal import Peripherals

/// What a job's row asks for.
struct PrintOrder: Sendable {
    let template: LabelTemplate
    /// What goes into the template's holes.
    let words: [String: String]
    let copies: Int
    /// When it was asked for, in Unix milliseconds.
    let requestedAt: Int64

    init(template: LabelTemplate, words: [String: String], copies: Int, requestedAt: Int64) {
        self.template = template
        self.words = words
        self.copies = copies
        self.requestedAt = requestedAt
    }

    /// - Parameter isOwn: whether the row must ask this very box.
    /// - Returns: nil for no job, one of another box or site, or one whose template is not here.
    init?(of job: RowID, _ node: Node, _ packs: InstalledPacks, isOwn: Bool = true) throws {
        guard let collection = packs.schema.collection(named: "print_job"),
            let shown = try node.row(job, of: collection)
        else { return nil }
        let row = NamedRow(shown, collection)
        if isOwn, row.blob("box") != node.box || row.reference("site") != node.site { return nil }
        guard let name = row.text("template"),
            let template = packs.template(
                name, version: row.integer("template_version").map(Int.init))
        else { return nil }
        self.template = template
        var words = LabelWords.decode(row.text("data"))
        words.merge(LabelWords.decode(row.text("person_data"))) { _, person in person }
        self.words = words
        copies = Int(clamping: row.integer("copies") ?? 1)
        requestedAt = row.integer("requested_at") ?? 0
    }

    /// The bytes for this printer, in the design that suits the labels in it.
    func label(
        for slot: PrinterSlot, among templates: [LabelTemplate]
    ) throws(ZPL.Problem) -> ZPL.Label {
        let design = slot.design(of: template, among: templates)
        return try ZPL.encode(
            design.document(filledWith: words), copies: copies, for: slot.printer)
    }

    /// Whether a scan of the printed label says that it is there: its code names the stay or the
    /// job. An animal's own code does not, for the animal may wear an older tag.
    func isShown(by code: String) -> Bool {
        guard words["code"] == code, let payload = try? ScanPayload.parse(code) else {
            return false
        }
        return payload.kind == .stay || payload.kind == .printJob
    }
}

/// A job's words, kept as one flat JSON object.
enum LabelWords {
    static func decode(_ text: String?) -> [String: String] {
        guard let text else { return [:] }
        let words = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return words ?? [:]
    }
}
