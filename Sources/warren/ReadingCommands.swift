internal import ArgumentParser
internal import CRDT
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import LabelRaster
internal import NodeClient
internal import Peripherals

/// `warren status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how a node stands: writer, vector, digest, peers.",
        discussion: """
            Asks the running node, or opens the folder if none runs. With --json the running \
            node's own answer, for programs; GET /api/v1/openapi.json describes it.
            """)

    @OptionGroup var folder: NodeFolder

    @Flag(help: "Print what the running node answers, as JSON.")
    var json = false

    func run() async throws {
        let facts = try folder.node.facts()
        guard let running = try await RunningNode.find(folder) else {
            if json {
                throw VerbError("no node runs in \(folder.directory); only a node tells in JSON")
            }
            return try await tellOfFolder(facts)
        }
        let answer = try await running.status()
        if json {
            print(String(decoding: answer.body, as: UTF8.self))
            return
        }
        print(Self.site(facts))
        let address = running.address
        print("process   \(address.process), page http://127.0.0.1:\(address.api)/")
        print(StatusPaper(answer.object).text)
    }

    private func tellOfFolder(_ facts: NodeFacts) async throws {
        let (node, _) = try await folder.open()
        let status = await node.status()
        print(Self.site(facts))
        print("process   none; start it: warren serve -d \(folder.directory)")
        let digest = status.digest.prefix(16)
        print("records   \(StatusPaper.grouped(status.rows)) rows, digest \(digest)…")
        print("writer    \(status.writer) at change \(StatusPaper.grouped(status.sequence))")
        for head in status.vector {
            print("  knows   \(head.writer) to change \(StatusPaper.grouped(head.sequence))")
        }
        await node.close()
    }

    private static func site(_ facts: NodeFacts) -> String {
        "site      \(facts.name), \(facts.hasStandInSeal ? "NOT SEALED (stand-in)" : "sealed")"
    }
}

/// `warren digest`
struct DigestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest",
        abstract: "Print the digest that the node keeps: equal vectors must show equal digests.",
        discussion: "`warren verify` computes it anew from every row.")

    @OptionGroup var folder: NodeFolder

    func run() async throws {
        if let running = try await RunningNode.find(folder) {
            print(try await running.status().object["digest"] as? String ?? "")
            return
        }
        let (node, _) = try await folder.open()
        print(await node.status().digest)
        await node.close()
    }
}

/// `warren verify`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read every row, recompute the digest and check the log. Exit code 1 if wrong.",
        discussion: "On a running node its writes wait meanwhile.")

    @OptionGroup var folder: NodeFolder

    func run() async throws {
        let (digest, findings) = try await verify()
        print("digest \(digest)")
        for finding in findings { print("wrong: \(finding)") }
        guard findings.isEmpty else {
            print(DiskNotice.damage)
            throw ExitCode(1)
        }
        print("nothing wrong")
    }

    private func verify() async throws -> (String, [String]) {
        if let running = try await RunningNode.find(folder) {
            let answer = try await running.send("POST", "sync/verify")
            return (
                answer.object["digest"] as? String ?? "",
                answer.object["findings"] as? [String] ?? ["the node answered \(answer.status)"]
            )
        }
        let (node, _) = try await folder.open()
        let report = try await node.verify()
        await node.close()
        return (report.digest, report.findings)
    }
}

/// `warren label`
struct LabelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Print the ZPL of an animal's collar tag to standard output.",
        discussion: """
            Makes no print job. The node must not be running; a running one prints itself. Owner, \
            run and dates stay blank: they come from a stay, whose tag is printed at the \
            check-in. Ids of animals: GET /api/v1/animals?name=Luna

              warren label --directory north WRN1:A:… > tag.zpl
            """)

    @OptionGroup var folder: NodeFolder

    @Argument(help: "The animal's id, or the code on its tag.")
    var animal: String

    func run() async throws {
        let scanned = try? ScanPayload.parse(animal)
        guard let row = RowName.row(animal) ?? (scanned?.kind == .animal ? scanned?.row : nil)
        else {
            throw VerbError(
                """
                “\(animal.prefix(64))” is neither an animal's id (32 digits, from \
                GET /api/v1/animals) nor the code on a tag (WRN1:A:…, with its check digits)
                """)
        }
        let (node, packs) = try await folder.open()
        let label = try Desk(node, packs).collarTag(
            of: row, for: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
            raster: try? FontRaster())
        await node.close()
        for finding in label.findings { say("note: \(finding.sentence)") }
        FileHandle.standardOutput.write(Data(label.bytes))
    }
}
