public import Peripherals

extension ScanPayload {
    /// Reads what a scanner of this box sent.
    ///
    /// - Throws: `foreign` for a scan that is no text, as for any code that is not ours.
    public static func parse(_ scan: Scan) throws(Problem) -> ScanPayload {
        guard let text = scan.text else { throw .foreign }
        return try parse(text)
    }
}
