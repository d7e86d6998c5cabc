using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Calls that leave for the host.
public sealed partial class Fiber
{
    private HostCall MakeHostCall(string name, int first, int count, bool hasNamed)
    {
        var args = Stack.AsSpan(first, count);
        IReadOnlyDictionary<string, object?> named = NoNames;
        if (hasNamed && args.Length > 0 && args[0] is GroovyMap map)
        {
            var byName = new OrderedDictionary<string, object?>(map.Count);
            foreach (var (key, value) in map)
            {
                byName[Formatting.ToText(key)] = value;
            }

            named = byName;
            args = args[1..];
        }

        var frame = _depth > 0 ? _frames[_depth - 1] : null;
        var source = frame?.Code.Source ?? Interpreter.NoSource;
        var span = frame is null ? default : frame.Code.Spans[Math.Clamp(frame.Pc - 1, 0, frame.Code.Spans.Length - 1)];
        return new HostCall(name, args.ToArray(), named, Scope, source, span);
    }

    private static readonly IReadOnlyDictionary<string, object?> NoNames = new OrderedDictionary<string, object?>();

    private Outcome HostMethod(IHostObject host, string name, int first, int count, int resultAt, bool hasNamed)
    {
        if (host.HasMethod(name))
        {
            return Complete(host.InvokeMethodAsync(MakeHostCall(name, first, count, hasNamed)), resultAt, discards: false);
        }

        if (Accessor(name, count) is { } property)
        {
            if (count == 0 && host.TryGetProperty(property, Scope, out var value))
            {
                return Give(value, resultAt);
            }

            if (count == 1 && host.TrySetProperty(property, Stack[first], Scope))
            {
                return Give(null, resultAt);
            }
        }

        if (Overloads.Select(ClassTable.Object.FindMethods(name), Stack.AsSpan(first, count)) is { } native)
        {
            return CallNative(native, host, first, count, resultAt);
        }

        if (host.TryGetProperty(name, Scope, out var callable) && callable is Closure)
        {
            return CallValue(callable, first, count, resultAt, name, discards: false);
        }

        throw Throw.MissingMethod(name, host, Stack.AsSpan(first, count));
    }
}
