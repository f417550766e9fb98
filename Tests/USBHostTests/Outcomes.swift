import Peripherals

extension Result {
    /// As the throwing one, for work that waits.
    init(_ work: () async throws -> Success) async where Failure == any Error {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }

    var fault: LinkFault? {
        guard case .failure(let error) = self else { return nil }
        return error as? LinkFault
    }
}
