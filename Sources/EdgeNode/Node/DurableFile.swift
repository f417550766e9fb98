public import Foundation

/// Small files that are either the old ones or the new ones, also after a power cut.
public enum DurableFile {
    /// Writes beside the target, syncs, renames, syncs the folder.
    ///
    /// - Parameter mode: 0600 for anything secret.
    public static func replace(_ url: URL, with bytes: [UInt8], mode: Int = 0o644) throws {
        let temporary = url.appendingPathExtension("new")
        let manager = FileManager.default
        // A left-over of an interrupted write; a missing one is the usual case.
        try? manager.removeItem(at: temporary)
        guard
            manager.createFile(
                atPath: temporary.path, contents: nil, attributes: [.posixPermissions: mode])
        else {
            throw NodeFault(
                .stopped,
                "cannot create \(temporary.path): \(reason). See who owns the folder and its space."
            )
        }
        let handle = try FileHandle(forWritingTo: temporary)
        do {
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
        } catch {
            // What failed is told; the descriptor is let go either way, and the half file with it.
            try? handle.close()
            try? manager.removeItem(at: temporary)
            guard (error as? CocoaError)?.code == .fileWriteOutOfSpace else { throw error }
            throw NodeFault(
                .diskFull,
                """
                There is no room left on the disk of \(url.deletingLastPathComponent().path). Free \
                some space and try again; \(url.lastPathComponent) is as it was.
                """)
        }
        try handle.close()
        guard rename(temporary.path, url.path) == 0 else {
            throw NodeFault(
                .stopped,
                "cannot put \(temporary.path) in the place of \(url.lastPathComponent): \(reason)")
        }
        try syncFolder(url.deletingLastPathComponent())
    }

    /// Makes a new name in a folder survive a power cut.
    public static func syncFolder(_ folder: URL) throws {
        let handle = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else {
            throw NodeFault(.stopped, "cannot open the folder \(folder.path): \(reason)")
        }
        defer { close(handle) }
        guard fsync(handle) == 0 else {
            throw NodeFault(.stopped, "cannot sync the folder \(folder.path): \(reason)")
        }
    }

    /// The file's bytes; `nil` only where there is none: one that may not be read is a fault.
    public static func read(_ url: URL) throws(NodeFault) -> [UInt8]? {
        var facts = stat()
        guard stat(url.path, &facts) == 0 else {
            // A parent that is no folder holds no file either.
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw NodeFault(.stopped, "cannot read \(url.path): \(reason)")
        }
        let file = open(url.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw NodeFault(.stopped, "cannot read \(url.path): \(reason)") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw NodeFault(.stopped, "cannot read \(url.path): \(reason)")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// What the system said about its last refusal.
    static var reason: String { String(cString: strerror(errno)) }
}
