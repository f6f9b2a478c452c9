//! What queueing theory says about the wait, to check a simulation by.

/// Erlang C: the share of calls that wait with `servers` and `load` erlangs (arrivals times holding time), without
/// abandonment. A. K. Erlang, 1917; by the recursion over Erlang B, B(k) = a B(k-1) / (k + a B(k-1)), as in R. Cooper,
/// "Introduction to Queueing Theory", 2nd ed., 1981, section 3.3. `load` is below `servers`.
pub(crate) fn share_that_waits(servers: u32, load: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |blocked, server| load * blocked / (f64::from(server) + load * blocked));
    let servers = f64::from(servers);
    servers * blocked / (servers - load * (1.0 - blocked))
}

/// The mean wait of all calls, in the unit of `holding`: C / (c mu - lambda).
pub(crate) fn mean_wait(servers: u32, load: f64, holding: f64) -> f64 {
    share_that_waits(servers, load) * holding / (f64::from(servers) - load)
}

/// The mean wait of each class, the first going first, in the unit of `holding`; who is served is not interrupted, and
/// all hold for the same mean. A. Cobham, "Priority Assignment in Waiting Line Problems", Operations Research 2 (1954):
/// W(k) = (C / (c mu)) / ((1 - s(k-1)) (1 - s(k))), s(k) = the first k classes' share of the servers.
pub(crate) fn mean_waits_by_class(servers: u32, loads: &[f64], holding: f64) -> Vec<f64> {
    let first = share_that_waits(servers, loads.iter().sum()) * holding / f64::from(servers);
    let mut before = 0.0;
    let waits = loads.iter().map(|load| {
        let upto = before + load / f64::from(servers);
        let wait = first / ((1.0 - before) * (1.0 - upto));
        before = upto;
        wait
    });
    waits.collect()
}
