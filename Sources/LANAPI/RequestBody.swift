internal import Hummingbird
internal import NIOCore

extension Request {
    /// The whole body.
    ///
    /// - Throws: `too-large` above the bound.
    func bytes(upTo bytesMax: Int) async throws -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: bytesMax).readableBytesView)
        } catch let error where error is NIOTooManyBytesError || error is HTTPError {
            throw error
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            // Whoever asked hung up; that is no mistake of this node.
            throw Problem.badRequest("the request ended before its body did")
        }
    }
}
