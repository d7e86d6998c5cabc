using Slipway.Groovy.Runtime;

namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>
/// A <c>retry</c> with conditions that stands around running code. What will be retried is not the end of anything: stages and post actions leave it alone, and belong to the last attempt.
/// </summary>
/// <param name="outer">The next such <c>retry</c> further out.</param>
/// <param name="retries">Whether this one runs its block again after that failure.</param>
internal sealed class RetryScope(RetryScope? outer, Func<GroovyException, bool> retries)
{
    public bool WillRetry(GroovyException failure) => Failures.IsCatchable(failure) && (retries(failure) || outer?.WillRetry(failure) == true);
}
