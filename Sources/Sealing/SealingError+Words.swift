extension SealingError: CustomStringConvertible {
    /// Why it did not open or could not be sealed, as the rest of a sentence.
    public var description: String {
        switch self {
        case .truncated(let bytes): "its \(bytes) bytes are fewer than any sealed thing has"
        case .tooLarge(let bytes, let limit):
            "its \(bytes) bytes are above the bound of \(limit)"
        case .unknownVersion(let version):
            "a later program made it (version \(version)): update this box"
        case .unknownSuite(let suite):
            "it is sealed with a cipher that this box does not run (\(suite))"
        case .unknownEpoch: "it is sealed with a key that this box was not given yet"
        case .notAuthentic: "it was altered, or is of another business or link"
        case .malformedPadding: "it is padded as no box pads"
        case .malformedPacking: "it is packed as no box packs"
        case .malformedContent(let error): "what it holds does not read: \(error)"
        }
    }
}
