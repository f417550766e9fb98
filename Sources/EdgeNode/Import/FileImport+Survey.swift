internal import CRDT
internal import Foundation
internal import FrontDesk
internal import ReplicaStorage
internal import Signing

/// What the first reading of a file found.
struct ImportSurvey: Sendable {
    var plan: ImportPlan
    var ledger: ImportLedger
    /// Rows that are not written.
    var leftOut: Set<Int> = []
    /// Records of other files that were found here.
    var known: Set<RowID> = []
    var report: ImportReport
    var fileHash = ContentHash(0, 0, 0, 0)
    let batch: @Sendable (ContentHash) -> RowID
}

extension FileImport {
    /// Rows that are looked at in one reading of the database.
    private static let rowsAtOnce = 1_024

    /// Reads a whole file and finds everything that is wrong with it.
    ///
    /// - Parameter promised: records of earlier files of a dry run.
    func survey(
        _ item: ImportOrder.Item, _ order: ImportOrder, _ promised: Set<RowID>,
        _ listener: Listener
    ) async throws -> ImportSurvey {
        let file = try ImportFile(item.path)
        let header = try file.header()
        let (plan, place): (ImportPlan, ImportPlan.Place)
        place = try self.place()
        do throws(PackProblems) {
            plan = try ImportPlan(
                item.mapping, header: header, premises.replica.schema, place, BLAKE2bHasher())
        } catch {
            throw NodeFault(.refused, "\(item.path): " + error.sentences.joined(separator: " "))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let mappingHash = BLAKE2bHasher().hash(Array(try encoder.encode(item.mapping)))
        var survey = ImportSurvey(
            plan: plan, ledger: ImportLedger(plan),
            report: ImportReport(item, isDryRun: order.isDryRun),
            batch: { plan.batch(fileHash: $0, mappingHash: mappingHash) })
        try await listener(.header(file: item.name, fields: header))
        var isAtEnd = false
        while !isAtEnd {
            var results: [Result<CSVReader.Record, CSVReader.Problem>] = []
            while results.count < Self.rowsAtOnce {
                guard let result = try file.next() else {
                    isAtEnd = true
                    break
                }
                results.append(result)
            }
            for notice in try look(at: results, order, promised, &survey) {
                try await listener(notice)
            }
            guard survey.report.rowsRead <= Self.rowsMax else {
                throw NodeFault(
                    .refused, "\(item.path) has more than \(Self.rowsMax) rows; split it")
            }
            let perMille = file.bytesInAll == 0 ? 1_000 : file.bytesRead * 1_000 / file.bytesInAll
            try await listener(
                .checking(file: item.name, rows: survey.report.rowsRead, perMille: perMille))
            await Task.yield()
        }
        survey.fileHash = file.hash
        for group in survey.ledger.groups {
            survey.report.alikeGroups[group.review, default: 0] += 1
            survey.report.alikeRows[group.review, default: 0] += group.rows.count
        }
        return survey
    }

    private func look(
        at results: [Result<CSVReader.Record, CSVReader.Problem>], _ order: ImportOrder,
        _ promised: Set<RowID>, _ survey: inout ImportSurvey
    ) throws(NodeFault) -> [ImportNotice] {
        var notices: [ImportNotice] = []
        try premises.read { reader throws(StorageError) in
            var news: [ImportedRow] = []
            for result in results {
                survey.report.rowsRead += 1
                do throws(ImportProblem) {
                    switch result {
                    case .failure(let problem):
                        throw ImportProblem(row: problem.record, problem.reason)
                    case .success(let record):
                        news += try take(record, promised, reader, &survey)
                    }
                } catch {
                    survey.report.rowsRejected += 1
                    if let row = error.row { survey.leftOut.insert(row) }
                    notices.append(
                        .rejected(
                            file: survey.report.file, row: error.row, sentence: error.sentence,
                            fields: (try? result.get())?.fields))
                }
            }
            guard order.isDryRun else { return }
            let tally = try tally(of: news, ImportedRow.Origin(site: premises.site), reader)
            survey.report.add(tally)
            notices += tally.kept.map { .kept(file: survey.report.file, sentence: $0.sentence) }
        }
        return notices
    }

    /// - Returns: the records of which this row is the first to speak.
    private func take(
        _ record: CSVReader.Record, _ promised: Set<RowID>, _ reader: Reader,
        _ survey: inout ImportSurvey
    ) throws(ImportProblem) -> [ImportedRow] {
        let reading = try survey.plan.read(record)
        if reading.isElsewhere {
            survey.report.rowsElsewhere += 1
            survey.leftOut.insert(record.number)
            return []
        }
        for reference in reading.references
        where !reading.rows.contains(where: { $0.id == reference.row })
            && !survey.ledger.contains(reference.row) && !promised.contains(reference.row)
            && !survey.known.contains(reference.row)
        {
            guard isHere(reference, reader) else {
                let name =
                    premises.replica.schema.collection(reference.collection)?.name
                    ?? "record"
                throw ImportProblem(
                    row: record.number, column: reference.column,
                    "no \(name) has the number “\(reference.key.prefix(40))” in "
                        + "\(survey.plan.mapping.source); import the file of those first")
            }
            survey.known.insert(reference.row)
        }
        guard try survey.ledger.take(reading.rows, record) else {
            survey.report.rowsFolded += 1
            return []
        }
        return reading.rows.filter { survey.ledger.isFirst($0) }
    }

    private func isHere(_ reference: ImportPlan.Reference, _ reader: Reader) -> Bool {
        guard let collection = premises.replica.schema.collection(reference.collection) else {
            return false
        }
        return (try? reader.contains(collection, reference.row)) ?? false
    }
}
