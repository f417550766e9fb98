internal import Foundation

/// Says what an error of any room, or of the system, means to a person: never the name of a case.
public enum FaultWords {
    /// A sentence, mostly without its end: it stands behind a colon.
    public static func of(_ error: any Error) -> String {
        switch error {
        case let error as Swift.DecodingError: words(error)
        case let error as CocoaError: words(error)
        case let error as POSIXError: String(cString: strerror(error.code.rawValue))
        case is CancellationError: "it was ended before it was done"
        case let error as any CustomStringConvertible: "\(error)"
        default: "something happened that this program has no words for (\(type(of: error)))"
        }
    }

    /// What is wrong with a JSON document, and where.
    private static func words(_ error: Swift.DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "“\(key.stringValue)” is missing in \(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context)) is of another kind: \(context.debugDescription)"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            "it is no JSON document"
        case .dataCorrupted(let context):
            "\(place(context)) cannot be used: \(context.debugDescription)"
        @unknown default: "it is no JSON document of the form that is due"
        }
    }

    private static func place(_ context: Swift.DecodingError.Context) -> String {
        let path = context.codingPath.map { step in
            step.intValue.map { "element \($0 + 1)" } ?? step.stringValue
        }
        return path.isEmpty ? "its outermost object" : "“\(path.joined(separator: ", "))”"
    }

    /// A file that could not be read or written.
    private static func words(_ error: CocoaError) -> String {
        let path = error.filePath ?? error.url?.path
        let cause = (error.underlying as? POSIXError).map {
            String(cString: strerror($0.code.rawValue))
        }
        let deed =
            switch error.code {
            case .fileNoSuchFile, .fileReadNoSuchFile: "is not there"
            case .fileReadNoPermission: "may not be read by this account"
            case .fileWriteNoPermission: "may not be written by this account"
            case .fileWriteOutOfSpace: "cannot be written: the disk is full"
            case .fileWriteFileExists: "is there already"
            case .fileWriteVolumeReadOnly: "cannot be written: the disk is read-only"
            default: "cannot be used"
            }
        return "\(path ?? "a file") \(deed)\(cause.map { " (\($0))" } ?? "")"
    }
}
