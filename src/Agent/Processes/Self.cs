using System.Collections;
using System.Runtime.CompilerServices;

namespace Slipway.Agent.Processes;

/// <summary>How this program starts itself in another role.</summary>
internal static class Self
{
    /// <summary>The native binary starts itself; the managed build is started by the <c>dotnet</c> that runs it.</summary>
    public static (string Program, IReadOnlyList<string> Arguments) Command(string role)
    {
        var program = System.Environment.ProcessPath ?? "/proc/self/exe";
        return RuntimeFeature.IsDynamicCodeSupported && Path.GetFileName(program) == "dotnet"
            ? (program, ["exec", Path.Combine(AppContext.BaseDirectory, "slipway-agent.dll"), role])
            : (program, [role]);
    }

    /// <summary>Our environment without the secret, which is told otherwise: a child of a child may read its ancestors' variables in <c>/proc</c>.</summary>
    public static Dictionary<string, string> Environment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            if ((string)variable.Key != "JENKINS_SECRET")
            {
                variables[(string)variable.Key] = (string?)variable.Value ?? "";
            }
        }

        return variables;
    }
}
