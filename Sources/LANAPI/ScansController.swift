internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// `POST /scans`: what a code means, `{"code": "WRN1:…"}` as a scanner typed it.
struct ScansController: Sendable {
    let desk: Desk

    func scan(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.signedIn(for: .editRecords)
        let object = try RequestObject(
            try await request.bytes(upTo: context.maxUploadSize), known: ["code"])
        guard let code = try object.text("code") else {
            throw Problem.badRequest("“code” is missing: what the scanner read")
        }
        let meaning = try desk.meaning(of: try ScanPayload(scanned: code))
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("kind", meaning.kind == .printJob ? "print_job" : "\(meaning.kind)")
            json.member("id", RowName.text(meaning.row))
            for (name, row) in [
                ("animal", meaning.animal), ("booking", meaning.booking), ("stay", meaning.stay),
            ] {
                json.member(name, row.map { RowName.text($0) })
            }
            json.member("note", meaning.note)
        }
        return .json(json.bytes)
    }
}

extension ScanPayload {
    /// What a scanner read.
    ///
    /// - Throws: a problem that says what to do, for a code that is foreign, newer or misread.
    init(scanned code: String) throws(LANAPI.Problem) {
        do throws(ScanPayload.Problem) {
            self = try ScanPayload.parse(code)
        } catch {
            throw LANAPI.Problem.badRequest("\(error)")
        }
    }
}
