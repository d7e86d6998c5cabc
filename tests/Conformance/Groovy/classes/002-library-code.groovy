// shared-library like code
class Config implements Serializable {
  private static final Map DEFAULTS = [branch: 'main', retries: 3].asImmutable()
  String name
  Map opts = [:]
  private List<String> items = []
  static Config from(Map m) { new Config(name: m.name ?: 'x', opts: DEFAULTS + (m.opts ?: [:])) }
  def getRetries() { opts.retries as int }
  Config add(String... s) { items.addAll(s); return this }
  List<String> getItems() { items.asImmutable() }
  def each(Closure c) { items.each(c) }
  @Override String toString() { "${getClass().simpleName}(${name}, ${opts})" }
  boolean isReady() { !items.empty }
}
def c = Config.from(name: 'app', opts: [branch: 'dev']).add('a', 'b')
println c
println c.retries
println c.items
println c.ready
c.each { println "item $it" }
println c.isReady() && c.name.equals('app')
class Steps { def script; Steps(script) { this.script = script }; def say(msg) { script.println "say: $msg" }; def call(Map args = [:], Closure body) { "${args.n ?: 'none'}:${body()}" } }
def st = new Steps(this)
st.say('hi')
println st(n: 5) { 'body' }
println st { 'only' }
abstract class Base { protected String tag = 'base'; Base() { init() }; def init() { tag = 'inited' }; abstract run(); def tmpl() { "<${run()}>" } }
class Derived extends Base { def extra = 'e'; def run() { "$tag-$extra" }; def init() { super.init(); tag += '!' } }
println new Derived().tmpl()
class Counter { static int total; int n; static void reset() { total = 0 }; Counter inc() { n++; total += 1; this }; static Counter make() { new Counter() } }
println Counter.make().inc().inc().n
println Counter.total
Counter.reset()
println Counter.total
Counter.total = 9
println Counter.total
class Node2 { def value; Node2 next; Node2 leftShift(v) { def n = this; while (n.next) n = n.next; n.next = new Node2(value: v); this }; Iterator iterator() { def cur = this; [hasNext: { cur != null }, next: { def v = cur.value; cur = cur.next; v }] as Iterator } }
def n = new Node2(value: 1) << 2 << 3
println n.next.next.value
enum Level { LOW(1), HIGH(5); final int w; private Level(int w) { this.w = w }; static Level of(int x) { values().find { it.w >= x } ?: HIGH }; boolean gt(Level o) { w > o.w } }
println Level.of(3)
println Level.HIGH.gt(Level.LOW)
println Level.values().collectEntries { [it.name(), it.w] }
println Level.valueOf('LOW') == Level.LOW
try { Level.valueOf('NO') } catch (e) { println e.class.simpleName }
switch (Level.LOW) { case Level.HIGH: println 'h'; break; case Level.LOW: println 'l'; break }
def map = [(Level.LOW): 'low']
println map[Level.LOW]
println Level.LOW.toString() + Level.HIGH.name()
println Level.LOW <=> Level.HIGH
println "${Level.LOW}"
println Level.LOW.compareTo(Level.HIGH) < 0
class Prop { private int _v = 1; int getV() { _v * 10 }; void setV(int x) { _v = x }; def inc() { v = v + 1; _v }; def direct() { this.@_v }; final String ro = 'ro' }
def p = new Prop()
println p.v
p.v = 5
println p.v
println p.inc()
println p.direct()
try { p.ro = 'x' } catch (e) { println e.class.simpleName }
p.v += 1
println p.v
p.v++
println p.@_v
class Eq { int id; boolean equals(o) { o instanceof Eq && o.id == id }; int hashCode() { id } }
println new Eq(id: 1) == new Eq(id: 1)
println([new Eq(id: 1), new Eq(id: 1)].unique().size())
println([new Eq(id: 2)].contains(new Eq(id: 2)))
println([(new Eq(id: 3)): 'x'].containsKey(new Eq(id: 3)))
println(([new Eq(id: 4), new Eq(id: 4)] as Set).size())
class Cmp implements Comparable<Cmp> { int k; int compareTo(Cmp o) { k <=> o.k }; String toString() { "C$k" } }
println([new Cmp(k: 3), new Cmp(k: 1)].sort())
println new Cmp(k: 1) < new Cmp(k: 2)
println([new Cmp(k: 3), new Cmp(k: 9)].max())
println new Cmp(k: 1) == new Cmp(k: 1)
println new TreeMap([(new Cmp(k: 2)): 'b', (new Cmp(k: 1)): 'a'])
interface Shape { double area(); int SIDES = 4 }
class Sq implements Shape { double s; double area() { s * s } }
println new Sq(s: 2).area()
println Shape.SIDES
println new Sq() instanceof Shape
class MyList extends ArrayList { def second() { this[1] } }
def ml = new MyList()
ml.add(1)
ml << 2
println ml.second()
println ml.size()
println ml
class MyMap extends HashMap { def foo() { 'foo' + size() } }
def mm = new MyMap()
mm.put('a', 1)
println mm.foo()
println mm.get('a')
class Ex extends Exception { Ex(String m, Throwable t = null) { super(m, t) } ; String getMessage() { "Ex:" + super.getMessage() } }
try { throw new Ex('m', new RuntimeException('cause')) } catch (Ex e) { println e.message + ' ' + e.cause.message }
try { Config.nope() } catch (MissingMethodException e) { println e.message.readLines()[0] }
try { c.nope } catch (MissingPropertyException e) { println e.message.readLines()[0] }
try { new Config('x', 2) } catch (e) { println e.message.readLines()[0] }
try { null.foo() } catch (NullPointerException e) { println e.message }
try { Object o = 'x'; Integer i = (Integer) o } catch (ClassCastException e) { println 'cce' }
def gen = { String prefix -> new Object() { int calls = 0; def next() { calls++; "$prefix$calls" } } }
def g = gen('id')
g.next()
println g.next()
