internal import ArgumentParser
internal import CRDT
internal import EdgeNode
internal import Foundation

/// `warren init`
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a tenant with its first site and this box as its first device.",
        discussion: """
            Draws the tenant's keys and writes them into the folder (file `secrets`, mode 0600). \
            The recovery kit's seed is printed once and kept nowhere. It is what the tenant is \
            recovered with when every box is lost, by a verb that is not there yet: write it down \
            and lock it away. Until then a business of one box keeps a copy of `secrets` too.
            """)

    @OptionGroup var folder: NodeFolder

    @Option(help: "What people call the site.")
    var site: String

    @Flag(
        help: ArgumentHelp(
            "Encrypt nothing and compress nothing. Only for the counter-check of a wire tap.",
            visibility: .hidden))
    var insecureStandIn = false

    func run() async throws {
        var isShown = false
        do {
            try TrustSetup.begin(
                folder.node, site: site, hasStandInSeal: insecureStandIn, .system
            ) { seed in
                // Past every buffer: a folder counts only once its kit was seen.
                let line = "recovery kit: \(RecoveryKit.text(seed))\n"
                do { try FileHandle.standardOutput.write(contentsOf: Data(line.utf8)) } catch {
                    throw VerbError(
                        "the recovery kit could not be shown, so no node was made; run this again "
                            + "at a terminal")
                }
                isShown = true
            }
        } catch {
            if isShown, !folder.node.isSetUp {
                print("That recovery kit opens nothing: destroy it. The next try shows another.")
            }
            throw error
        }
        let (node, _) = try await folder.open()
        try await node.introduceSite()
        await node.close()
        print("site \(site) is set up in \(folder.directory)")
        print("Write the kit down, lock it away, and clear this screen: it is kept nowhere else.")
    }
}

/// `warren admit`
struct AdmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit",
        abstract: "Make a second box's folder and sign it into the first one's roster.",
        discussion: """
            Stands in for pairing, in which two people compare a code on two boxes: here one hand \
            holds both folders. The admitting node must not be running.
            """)

    @OptionGroup var folder: NodeFolder

    @Option(help: "What people call the new site.")
    var site: String

    @Option(help: ArgumentHelp("The folder of the box that admits.", valueName: "folder"))
    var by: String

    func run() async throws {
        let old = NodeDirectory(URL(fileURLWithPath: by))
        try await TrustSetup.admit(
            folder.node, site: site, by: old, schema: try InstalledPacks.shipped().schema, .system)
        let (node, _) = try await folder.open()
        try await node.introduceSite()
        await node.close()
        print("site \(site) is admitted in \(folder.directory)")
    }
}

/// How a kit's seed is written on paper: eight groups of eight hexadecimal digits.
enum RecoveryKit {
    static func text(_ seed: [UInt8]) -> String {
        stride(from: 0, to: seed.count, by: 4).map { start in
            Hexadecimal.text(seed[start..<min(start + 4, seed.count)])
        }.joined(separator: "-")
    }
}
