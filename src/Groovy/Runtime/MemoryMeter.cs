using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// Holds a run to its memory. Counting what is made is cheap and says nothing of what is still held, so after every so many bytes made, what can be
/// reached is walked and estimated. The walk costs in proportion to what the run holds and comes the rarer the more that is.
/// </summary>
internal sealed class MemoryMeter(Interpreter interpreter)
{
    private const long FirstMeasure = 32L * 1024 * 1024;

    private long _charged;
    private long _nextMeasure = FirstMeasure;

    public void Charge(long bytes, Fiber fiber)
    {
        _charged += bytes;
        if (_charged >= _nextMeasure || bytes >= interpreter.Limits.Memory)
        {
            Measure(bytes, fiber);
        }
    }

    private void Measure(long wanted, Fiber fiber)
    {
        var limit = interpreter.Limits.Memory;
        var held = wanted >= limit ? wanted : Held(fiber);
        if (held > limit || wanted >= limit)
        {
            throw Throw.Limit($"The script holds more memory than its limit of {limit / 1024 / 1024} MiB. Keep less in variables, or write large data to files of the workspace.");
        }

        _charged = 0;
        _nextMeasure = Math.Max(FirstMeasure, Math.Min(held, limit - held + 1));
    }

    private long Held(Fiber fiber)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>();
        long total = 0;
        interpreter.ForEachRoot(Add);
        foreach (var value in fiber.Stack)
        {
            Add(value);
        }

        while (open.TryPop(out var at))
        {
            switch (at)
            {
                case string text:
                    total += 24 + (text.Length * 2L);
                    break;
                case GString text:
                    total += 48;
                    AddAll(text.Values);
                    break;
                case GroovyList list:
                    total += 56 + (list.Capacity * 8L);
                    AddAll(list);
                    break;
                case List<object?> list:
                    total += 56 + (list.Capacity * 8L);
                    AddAll(list);
                    break;
                case object?[] array:
                    total += 24 + (array.Length * 8L);
                    AddAll(array);
                    break;
                case GroovyArray array:
                    total += 40 + (array.Count * 8L);
                    AddAll(array.Items);
                    break;
                case GroovyMap map:
                    total += 80 + (map.Count * 40L);
                    foreach (var (key, value) in map)
                    {
                        Add(key);
                        Add(value);
                    }

                    break;
                case GroovyRange:
                    total += 64;
                    break;
                case GroovySet set:
                    total += 104 + (set.Count * 40L);
                    AddAll(set);
                    break;
                case Cell cell:
                    total += 24;
                    Add(cell.Value);
                    break;
                case ScriptClosure closure:
                    total += 96;
                    AddAll(closure.Captures);
                    Add(closure.Owner);
                    Add(closure.Delegate);
                    break;
                case UserObject user:
                    total += 72 + (user.Fields.Length * 8L);
                    AddAll(user.Fields);
                    AddAll(user.Captures);
                    Add(user.NativeSelf);
                    break;
                case StringBuilderValue builder:
                    total += 48 + (builder.Text.Length * 2L);
                    break;
                default:
                    total += 24;
                    break;
            }
        }

        return total;

        void Add(object? value)
        {
            if (value is not null and not bool && seen.Add(value))
            {
                open.Push(value);
            }
        }

        void AddAll(IEnumerable<object?> values)
        {
            foreach (var value in values)
            {
                Add(value);
            }
        }
    }
}
