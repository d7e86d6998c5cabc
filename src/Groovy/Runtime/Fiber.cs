namespace Slipway.Groovy.Runtime;

/// <summary>One line of execution in a script: the body of the script, or one branch of <c>parallel</c>.</summary>
public sealed class Fiber
{
}
