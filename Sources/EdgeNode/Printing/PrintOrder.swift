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
    /// Of the same label: above 1 for one that was wished for although another had been made.
    var firstCopy: Int { words[CheckIn.copyHole].flatMap { Int($0) } ?? 1 }
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
    ///
    /// - Parameter copy: 2 for a label that may exist once already, and so on.
    func label(
        for slot: PrinterSlot, among templates: [LabelTemplate], _ raster: (any TextRaster)?,
        copy: Int
    ) throws(ZPL.Problem) -> ZPL.Label {
        try ZPL.encode(
            document(for: slot, among: templates, copy: copy), copies: copies, for: slot.printer,
            raster: raster)
    }

    /// What of the label is not as it was asked for, in words for the desk; a line that is only
    /// smaller is not told.
    func findings(
        for slot: PrinterSlot, among templates: [LabelTemplate], _ raster: (any TextRaster)?,
        copy: Int
    ) throws(ZPL.Problem) -> [String] {
        let document = document(for: slot, among: templates, copy: copy)
        let label = try ZPL.encode(document, copies: copies, for: slot.printer, raster: raster)
        return label.findings.compactMap { finding in
            let words = document.elements[finding.element].words
            return switch finding.kind {
            case .shrunk: nil
            case .cut: "Too long for the label, so it ends in three dots: \(words)"
            case .replaced: "Some letters cannot be printed and show as ?: \(words)"
            }
        }
    }

    private func document(
        for slot: PrinterSlot, among templates: [LabelTemplate], copy: Int
    ) -> TagDocument {
        var words = words
        let number = firstCopy + copy - 1
        words[CheckIn.copyHole] = number > 1 ? "COPY \(number)" : nil
        return slot.design(of: template, among: templates).document(filledWith: words)
    }

    /// Whether the label bears a code that names the stay or the job. An animal's own code says
    /// nothing, for the animal may wear an older tag. A copy bears the code of the label that it is
    /// a copy of: which of the two was scanned nobody knows.
    func isShown(by code: String) -> Bool {
        guard words["code"] == code, let payload = try? ScanPayload.parse(code) else {
            return false
        }
        return payload.kind == .stay || payload.kind == .printJob
    }
}

extension TagDocument.Element {
    fileprivate var words: String {
        switch self {
        case .text(let line): line.text
        case .paragraph(let paragraph): paragraph.text
        case .code, .rule: ""
        }
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
