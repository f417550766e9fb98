internal import CRDT
internal import Synchronization

/// Who is signed in at this box, by what their desk shows with each request. Held under a lock and
/// not by an actor: every request asks, and none has to wait for another's turn.
final class StaffSeats: Sendable {
    /// More at once than a site has desks; beyond it the one idle for longest ends.
    static let seatsMax = 512

    struct Seat: Sendable {
        let session: StaffSession
        /// The hash that the PIN fitted; revoked, here or at another site, it holds no seat.
        let line: String
        /// When it was last used, by the node's steady clock.
        var usedAt: Duration
    }

    private let seats = Mutex<[String: Seat]>([:])

    subscript(token: String) -> Seat? { seats.withLock { $0[token] } }

    func take(_ seat: Seat) {
        seats.withLock { seats in
            if seats.count >= Self.seatsMax,
                let idle = seats.min(by: {
                    ($0.value.usedAt, $0.key) < ($1.value.usedAt, $1.key)
                })
            {
                seats[idle.key] = nil
            }
            seats[seat.session.token] = seat
        }
    }

    func use(_ token: String, at now: Duration) { seats.withLock { $0[token]?.usedAt = now } }

    func leave(_ token: String) { seats.withLock { $0[token] = nil } }

    /// Ends every seat of a person.
    func leave(everywhere staff: RowID) {
        seats.withLock { seats in
            seats = seats.filter { $0.value.session.staff != staff }
        }
    }
}
