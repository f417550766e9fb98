import Certificates
import Foundation
import Testing

/// Judged by openssl, which shares no code with what makes the certificates.
@Suite struct BoxAuthorityTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)
    private static let names = ["Warren.local", "192.168.7.20", "fd00::7"]

    @Test func `openssl verifies a leaf for each name of the box`() throws {
        let scene = try OpenSSL(Self.names, at: Self.now)
        defer { scene.remove() }
        for name in ["warren.local"] {
            #expect(try scene.verify(["-verify_hostname", name]).contains("OK"))
        }
        for address in ["192.168.7.20", "fd00::7"] {
            #expect(try scene.verify(["-verify_ip", address]).contains("OK"))
        }
    }

    @Test func `a root that was made for other names is not read back`() throws {
        let (ours, theirs) = (try ServerNames(Self.names), try ServerNames(["bank.example"]))
        let root = try BoxAuthority(makingFor: "North", names: ours, at: Self.now)
        #expect(throws: BoxAuthority.Fault.self) {
            _ = try BoxAuthority(
                certificate: root.certificate, key: root.key, names: theirs, at: Self.now)
        }
    }

    @Test(
        arguments: [
            ["warren.local", "192.168.7.20", "fd00::7"], ["warren.local"], ["192.168.7.20"],
        ], ["DNS:bank.example", "IP:10.9.9.9", "IP:fd00::9"])
    func `a stolen root makes no leaf that counts for anybody else`(
        names: [String], other: String
    ) throws {
        let scene = try OpenSSL(names, at: Self.now)
        defer { scene.remove() }
        let forged = try scene.forge(for: other)
        #expect(forged.contains("subtree violation"), "\(forged)")
    }

    @Test func `a leaf ends, and is made anew in time`() throws {
        let root = try BoxAuthority(
            makingFor: "North", names: try ServerNames(Self.names), at: Self.now)
        let leaf = try root.issue(at: Self.now)
        let days = { (days: Int) in Self.now.addingTimeInterval(Double(days) * 86_400) }
        #expect(root.mayGoOn(with: leaf.certificate, at: Self.now))
        #expect(root.mayGoOn(with: leaf.certificate, at: days(59)))
        #expect(!root.mayGoOn(with: leaf.certificate, at: days(61)))
        // A clock that is behind the root itself says nothing of the leaf.
        #expect(root.mayGoOn(with: leaf.certificate, at: days(-2)))
        // A clock that was ahead when the leaf was made.
        let early = try root.issue(at: days(30))
        #expect(!root.mayGoOn(with: early.certificate, at: days(5)))
        #expect(!root.mayGoOn(with: "no certificate", at: Self.now))
        let other = try BoxAuthority(
            makingFor: "North", names: try ServerNames(Self.names), at: Self.now)
        #expect(!other.mayGoOn(with: leaf.certificate, at: Self.now))
    }

    @Test func `a root is read back, and with another box's key it is not`() throws {
        let names = try ServerNames(Self.names)
        let root = try BoxAuthority(makingFor: "North", names: names, at: Self.now)
        let again = try BoxAuthority(
            certificate: root.certificate, key: root.key, names: names, at: Self.now)
        #expect(again.fingerprint == root.fingerprint && root.fingerprint.count == 95)
        let other = try BoxAuthority(makingFor: "South", names: names, at: Self.now)
        #expect(throws: BoxAuthority.Fault.self) {
            _ = try BoxAuthority(
                certificate: root.certificate, key: other.key, names: names, at: Self.now)
        }
    }

    /// When a root was made and when it is read, in Unix seconds, and whether it is.
    private static let readings: [(made: Double, read: Double, holds: Bool)] = {
        let (now, day) = (Self.now.timeIntervalSince1970, 86_400.0)
        return [
            // A root of 1970 ends in 1979; one of 2040 has not begun.
            (0, now, false), (2_208_988_800, now, true), (now, now, true),
            (now, now + 3_619 * day, true), (now, now + 3_621 * day, false),
            // The clock that reads it is the one that is wrong.
            (now, 0, true), (0, 0, true), (now, now - 30 * day, true),
            (now, now - 600 * day, true),
        ]
    }()

    @Test(arguments: readings)
    func `a root is read back until it ends, also by a clock that is behind`(
        made: Double, read: Double, holds: Bool
    ) throws {
        let names = try ServerNames(Self.names)
        let root = try BoxAuthority(
            makingFor: "North", names: names, at: Date(timeIntervalSince1970: made))
        let again = try? BoxAuthority(
            certificate: root.certificate, key: root.key, names: names,
            at: Date(timeIntervalSince1970: read))
        #expect((again != nil) == holds)
    }

    @Test func `a root that has not begun says that the clock is to be set`() throws {
        let root = try BoxAuthority(
            makingFor: "North", names: try ServerNames(Self.names), at: Self.now)
        #expect(root.startsLater(than: Self.now) == nil)
        let words = root.startsLater(than: Self.now.addingTimeInterval(-30 * 86_400))
        #expect(words?.contains("begins on 2026-09-20") == true, "\(words ?? "")")
        #expect(words?.contains("clock shows 2026-08-22") == true)
        #expect(words?.contains("remove tls/root.pem and tls/root.key") == true)
    }

    @Test(
        arguments: [
            "", "*.local", "a b", "-x.local", "x-.local", "1.2.3", "1.2.3.4.5", "x..y", "ä.local",
            "fd00::zz",
        ])
    func `what is no name of a box is refused`(name: String) {
        #expect(throws: ServerNames.Refusal.self) { _ = try ServerNames([name]) }
    }

    @Test func `names are told apart from addresses, sorted, once each`() throws {
        let names = try ServerNames(["b.local", "10.0.0.2", "A.local", "a.local", "::1"])
        #expect(names.dnsNames == ["a.local", "b.local"])
        #expect(names.addresses.map(\.count) == [16, 4])
        #expect(throws: ServerNames.Refusal.self) {
            _ = try ServerNames((0..<33).map { "n\($0).local" })
        }
    }
}

/// A root and a leaf in files, and the tool that judges them.
private struct OpenSSL {
    private let folder: URL
    private let now: Date

    init(_ names: [String], at now: Date) throws {
        self.now = now
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let root = try BoxAuthority(
            makingFor: "North", names: try ServerNames(names), at: now)
        let leaf = try root.issue(at: now)
        for (name, text) in [
            ("root.pem", root.certificate), ("root.key", root.key), ("leaf.pem", leaf.certificate),
        ] {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
    }

    // The system's folder for temporary files takes what is left.
    func remove() { try? FileManager.default.removeItem(at: folder) }

    func verify(_ more: [String], leaf: String = "leaf.pem") throws -> String {
        let at = String(Int(now.timeIntervalSince1970))
        return try run(
            ["verify", "-x509_strict", "-attime", at, "-CAfile", "root.pem"] + more + [leaf])
    }

    /// Signs a leaf for a name that is not the box's with the box's own key, as a thief would.
    func forge(for name: String) throws -> String {
        _ = try run(
            ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "thief.key"])
        _ = try run(["req", "-new", "-key", "thief.key", "-subj", "/CN=x", "-out", "thief.csr"])
        let extensions = "subjectAltName=\(name)\nbasicConstraints=critical,CA:FALSE\n"
        try Data(extensions.utf8).write(to: folder.appendingPathComponent("thief.ext"))
        _ = try run([
            "x509", "-req", "-in", "thief.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-CAcreateserial", "-days", "9000", "-extfile", "thief.ext", "-out", "thief.pem",
        ])
        return try run(["verify", "-no_check_time", "-CAfile", "root.pem", "thief.pem"])
    }

    /// Both streams, whatever the status.
    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
