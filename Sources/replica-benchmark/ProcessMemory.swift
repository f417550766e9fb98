internal import Foundation

/// What the kernel counts of this process, in MiB as the peers' scripts do.
enum ProcessMemory {
    static var peak: Double { field("VmHWM:") }
    static var resident: Double { field("VmRSS:") }

    private static func field(_ name: String) -> Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            // Only a figure of the report is missing then.
            return 0
        }
        for line in status.split(separator: "\n") where line.hasPrefix(name) {
            let kibibytes = Double(line.filter(\.isNumber)) ?? 0
            return (kibibytes / 1024 * 10).rounded() / 10
        }
        return 0
    }
}
