extension ProfileProblems: CustomStringConvertible {
    /// Every problem with its file and place.
    public var description: String { problems.map(\.text).joined(separator: " ") }
}
