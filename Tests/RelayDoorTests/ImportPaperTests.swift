import EdgeNode
import Foundation
import Testing

@testable import warren

/// The files that an import leaves for people.
@Suite struct ImportPaperTests {
    @Test func `rows of files with other columns stand below those columns`() throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-paper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let rejects = root.appendingPathComponent("rejects.csv")
        let review = root.appendingPathComponent("review.csv")
        let paper = try ImportPaper(rejects: rejects.path, review: review.path)
        for notice in Self.notices { try paper.take(notice) }
        try paper.close(1)
        #expect(
            try String(contentsOf: rejects, encoding: .utf8).split(whereSeparator: \.isNewline) == [
                "file,row,problem,name,species", "animals.csv,2,no name,,dog",
                "more.csv,9,no name,,cat", "file,row,problem,family,phone",
                "owners.csv,3,no phone,Weber,",
            ])
        #expect(
            try String(contentsOf: review, encoding: .utf8).split(whereSeparator: \.isNewline) == [
                "file,review,group,row,name,species", "animals.csv,twins,1,4,Rex,dog",
                "file,review,group,row,family,phone", "owners.csv,twins,1,5,Weber,1",
            ])
    }

    private static let notices: [ImportNotice] = [
        .header(file: "animals.csv", fields: ["name", "species"]),
        .rejected(file: "animals.csv", row: 2, sentence: "no name", fields: ["", "dog"]),
        .alike(
            file: "animals.csv", review: "twins", group: 1, row: 4, fields: ["Rex", "dog"]),
        .header(file: "more.csv", fields: ["name", "species"]),
        .rejected(file: "more.csv", row: 9, sentence: "no name", fields: ["", "cat"]),
        .header(file: "owners.csv", fields: ["family", "phone"]),
        .rejected(file: "owners.csv", row: 3, sentence: "no phone", fields: ["Weber", ""]),
        .alike(
            file: "owners.csv", review: "twins", group: 1, row: 5, fields: ["Weber", "1"]),
    ]
}
