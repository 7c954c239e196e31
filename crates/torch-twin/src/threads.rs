//! The threads that libtorch computes on, as `torch.set_num_threads` and `torch.get_num_threads`.
//!
//! libtorch asks OpenMP for them and trusts that all of them start; oneDNN's barriers wait for ever for one that
//! does not. Three variables of the environment make OpenMP start fewer. OpenMP reads them before `main`, so
//! [`check`] asks OpenMP itself.
//!
//! ```
//! use torch_twin::threads;
//!
//! // torch.set_num_threads(1)
//! tch::set_num_threads(1);
//! threads::check()?;
//! # Ok::<(), threads::ThreadsError>(())
//! ```

use thiserror::Error;

use crate::native::OpenMp;
use torch_twin_trace::readable_debug;

/// Why libtorch would wait for ever for threads that OpenMP does not start.
#[derive(Clone, Copy, Error, PartialEq, Eq)]
pub enum ThreadsError {
    /// OpenMP starts as many threads as it sees fit.
    #[error(
        "OMP_DYNAMIC is true, so OpenMP may start fewer than the {threads} threads that libtorch waits for; \
         unset OMP_DYNAMIC, or compute on 1 thread"
    )]
    Dynamic {
        /// `torch.get_num_threads()`.
        threads: i32,
    },
    /// OpenMP starts fewer threads than there are to be.
    #[error(
        "OMP_THREAD_LIMIT is {limit}, so OpenMP starts fewer than the {threads} threads that libtorch waits for; \
         unset OMP_THREAD_LIMIT, or compute on {limit} or fewer threads"
    )]
    Limit {
        /// `torch.get_num_threads()`.
        threads: i32,
        /// The most threads that OpenMP starts.
        limit: i32,
    },
    /// OpenMP starts no threads.
    #[error(
        "OMP_MAX_ACTIVE_LEVELS is 0, so OpenMP starts none of the {threads} threads that libtorch waits for; \
         unset OMP_MAX_ACTIVE_LEVELS, or compute on 1 thread"
    )]
    NoLevel {
        /// `torch.get_num_threads()`.
        threads: i32,
    },
}

readable_debug!(ThreadsError);

/// Checks that OpenMP will start as many threads as libtorch is set to. Call it once the number is set; it holds
/// for the calling thread.
///
/// Where OpenMP cannot be asked, as on Windows, nothing is refused.
///
/// # Errors
/// What OpenMP was told by the environment makes computations wait for ever.
pub fn check() -> Result<(), ThreadsError> {
    let threads = tch::get_num_threads();
    OpenMp::ask().map_or(Ok(()), |openmp| judge(&openmp, threads))
}

fn judge(openmp: &OpenMp, threads: i32) -> Result<(), ThreadsError> {
    if threads <= 1 {
        Ok(())
    } else if openmp.is_dynamic {
        Err(ThreadsError::Dynamic { threads })
    } else if openmp.thread_limit < threads {
        let limit = openmp.thread_limit;
        Err(ThreadsError::Limit { threads, limit })
    } else if openmp.max_active_levels < 1 {
        Err(ThreadsError::NoLevel { threads })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_main_returns_is_readable() {
        let error = ThreadsError::Limit {
            threads: 4,
            limit: 1,
        };
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().starts_with("OMP_THREAD_LIMIT is 1"));
    }
}
