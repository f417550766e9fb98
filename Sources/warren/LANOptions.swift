internal import ArgumentParser
internal import Certificates
internal import EdgeNode
internal import Foundation
internal import LANAPI
internal import PeerTransport

/// How workstations of the local network reach the box.
struct LANOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also serve desks of the local network, over TLS; 0.0.0.0:7443 for all of it.",
            valueName: "address"))
    var lan: String?

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp(
            """
            How desks call this box, a name or an address; may be repeated. Without it the \
            machine's name, also with .local.
            """, valueName: "name"))
    var names: [String] = []

    @Option(
        help: ArgumentHelp(
            "Your own certificate chain, PEM, in place of the box's own.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("The key of --certificate, PEM.", valueName: "file"))
    var key: String?

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key belong together")
        }
        if lan == nil, certificate != nil || !names.isEmpty {
            throw ValidationError("--name, --certificate and --key need --lan")
        }
    }

    /// What makes the door, each time anew; `nil` without `--lan`.
    func door(
        _ node: Node
    ) throws -> (@Sendable () throws -> LANDoor)? {
        guard let lan else { return nil }
        let address = try PeerAddress(lan, isSecured: true)
        let names = try allNames(address.host)
        if let certificate, let key {
            return {
                try LANDoor(
                    host: address.host, port: address.port, names: names,
                    certificate: try Self.text(certificate), key: try Self.text(key), root: nil)
            }
        }
        let keeping = BoxCertificates(
            directory: node.directory, site: node.facts.name, names: try ServerNames(names),
            raise: { [weak node] in node?.raise($0, about: "root certificate") })
        // Now, so that what is wrong is said before anything is served.
        let fingerprint = try keeping.authority(at: Date()).fingerprint
        say("the box's root certificate has SHA-256 \(fingerprint)")
        say("workstations install it from https://\(names[0]):\(address.port)/root.pem")
        return {
            let (leaf, root) = try keeping.leaf(at: Date())
            return try LANDoor(
                host: address.host, port: address.port, names: names,
                certificate: leaf.certificate, key: leaf.key, root: root)
        }
    }

    /// Those that were given; else the machine's. One address that is listened on belongs to them.
    private func allNames(_ host: String) throws -> [String] {
        var all = names
        if all.isEmpty {
            let machine = ProcessInfo.processInfo.hostName
            all = [machine]
            if !machine.contains(".") { all.append(machine + ".local") }
        }
        if !["0.0.0.0", "::"].contains(host), !all.contains(host) { all.append(host) }
        do {
            _ = try ServerNames(all)
        } catch {
            throw ValidationError("\(error); say how desks call this box with --name")
        }
        return all
    }

    private static func text(_ path: String) throws -> String {
        guard let bytes = try DurableFile.read(URL(fileURLWithPath: path)) else {
            throw VerbError("there is no file \(path)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The box's own root and leaf, in the folder `tls` of the node's folder.
struct BoxCertificates: Sendable {
    let directory: NodeDirectory
    let site: String
    let names: ServerNames
    /// Takes what a person must know of the root; nil once nothing is wrong with it any more.
    let raise: @Sendable (String?) -> Void

    private var folder: URL { directory.root.appendingPathComponent("tls") }

    /// The root that is there; a new one where there is none, or where it does not hold: for other
    /// names, or not any more.
    func authority(at now: Date) throws -> BoxAuthority {
        let (certificate, key) = (try read("root.pem"), try read("root.key"))
        var isReplaced = false
        if let certificate, let key {
            do {
                let root = try BoxAuthority(
                    certificate: certificate, key: key, names: names, at: now)
                let trouble = root.startsLater(than: now)
                if let trouble { say(trouble) }
                raise(trouble.map { "Desks of the network cannot reach this box: \($0)." })
                return root
            } catch {
                say("a new root certificate is made, for \(error); desks install it again")
                isReplaced = true
            }
        }
        let fresh = try BoxAuthority(makingFor: site, names: names, at: now)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write("root.key", fresh.key)
        try write("root.pem", fresh.certificate)
        raise(nil)
        // Also while the node runs, where nothing else tells what desks are to compare.
        if isReplaced { say("the new root certificate has SHA-256 \(fresh.fingerprint)") }
        return fresh
    }

    /// The leaf that is there, while it may go on; else a new one.
    func leaf(at now: Date) throws -> (leaf: BoxAuthority.Issued, root: String) {
        let root = try authority(at: now)
        if let certificate = try read("leaf.pem"), let key = try read("leaf.key"),
            root.mayGoOn(with: certificate, at: now)
        {
            return (BoxAuthority.Issued(certificate: certificate, key: key), root.certificate)
        }
        let fresh = try root.issue(at: now)
        try write("leaf.key", fresh.key)
        try write("leaf.pem", fresh.certificate)
        return (fresh, root.certificate)
    }

    private func read(_ name: String) throws -> String? {
        try DurableFile.read(folder.appendingPathComponent(name))
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func write(_ name: String, _ text: String) throws {
        try DurableFile.replace(
            folder.appendingPathComponent(name), with: Array(text.utf8), mode: 0o600)
    }
}
