internal import Foundation

/// The lines of a file, read a mebibyte at a time, so that the workload itself takes no memory.
struct LineReader: Sequence, IteratorProtocol {
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var start = 0

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BenchmarkError("\(path) is not there: make the workload first")
        }
        self.handle = handle
    }

    mutating func next() -> ArraySlice<UInt8>? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            guard let more = try? handle.read(upToCount: 1 << 20), !more.isEmpty else {
                defer { start = buffer.count }
                return start < buffer.count ? buffer[start...] : nil
            }
            buffer.removeSubrange(..<start)
            start = 0
            buffer.append(contentsOf: more)
        }
    }
}
