// lists
def l = [5, 3, 8]
println l.sort(false)
println l
println l.sum() + ' ' + l.max() + ' ' + l.min()
println l.first() + l.last()
println l.head() + ' ' + l.tail() + ' ' + l.init()
println l.contains(3)
println 3 in l
println l.indexOf(8)
l.add(1)
l << 2
l += 7
println l
println l.remove(0)
println l
l.remove((Object) 8)
println l
println l.size()
l.addAll([9, 9])
println l
l.removeAll([9])
println l
l.retainAll([3, 1])
println l
l.clear()
println l.isEmpty()
println l.empty
println([1,2,3,4].findAll { it % 2 == 0 })
println([1,2,3].find { it > 1 })
println([1,2,3].findIndexOf { it == 2 })
println([1,2,3].any { it > 2 })
println([1,2,3].every { it > 0 })
println([1,2,3].count { it > 1 })
println([1,1,2].count(1))
println([1,2,3].inject { a, b -> a * b })
println([[1,2],[3]].collectMany { it })
println([1,2,3].collectEntries { [it, it * it] })
println(['a','b'].collectEntries { [(it): it.toUpperCase()] })
println([['a',1],['b',2]].collectEntries())
println([1,2,3,4,5,6].groupBy { it % 3 })
println(['a','bb','cc'].groupBy { it.size() })
println([1,2,3].countBy { it % 2 })
println([3,1,2].toSorted())
println([1,2,3].reverse())
println([1,2,3,4].take(2) + [1,2,3,4].drop(3))
println([1,2,3,4].takeWhile { it < 3 })
println([1,2,3].dropWhile { it < 2 })
println([1,2,2,3,3].unique())
println([1,2,2].toUnique())
println([1,[2,[3,[4]]]].flatten())
println([1,2,3].intersect([2,3,4]))
println([1,2].disjoint([3]))
println([1,2] + 3 + [4,5])
println([1,2,3,2] - 2)
println([[1,2],['a','b']].transpose())
println([[1,2],['a','b']].combinations())
println([1,2,3].permutations().size())
println([1,2,3].subsequences().size())
println([1,2,3].withIndex())
println([1,2,3].indexed())
[7,8].eachWithIndex { v, i -> print "$i:$v " }
println()
println([1,2,3,4,5].collate(2))
println([1,2,3,4,5].collate(2, false))
println([1,2,3,4,5].collate(3, 1))
println([3,1,2].sort { a, b -> b <=> a })
println(['bb','a','ccc'].sort { it.size() })
println(['b','A','c'].sort())
println([null, 1].findAll())
println([1, null, 2].findResults { it ? it * 2 : null })
println([1,2,3].findResult { it > 1 ? "r$it" : null })
println([1,2,3].split { it > 1 })
println([0,1,'',null,'a'].grep())
println([1,'a',2].grep(Integer))
println(['ab','cd'].grep(~/a.*/))
println([1,2,3].join())
println([1,2,3].join('-'))
println([[name:'a',v:1],[name:'b',v:2]].find { it.name == 'b' }.v)
println([[name:'a'],[name:'b']]*.name)
println([[name:'a'],[name:'b']].name)
println([1,2,3].sum { it * 2 })
println(['a','b'].sum())
println([[1],[2]].sum())
println([1,2,3].sum(10))
println([].sum())
println([1,2,3][0])
println([1,2,3][-1])
println([1,2,3][5])
println([1,2,3][0,2])
println([1,2,3][0..1])
println([1,2,3][1..-1])
println([1,2,3][-2..-1])
println([1,2,3][2..0])
println([1,2,3][0..<2])
println([1,2,3].getAt(1))
println([1,2,3].get(1))
println([1,2,3].subList(0,2))
def x = [1]
x[3] = 4
println x
x[-1] = 9
println x
x[0..1] = [7,8,9]
println x
x.putAt(0, 'p')
println x
println x.pop()
x.push('q')
println x
x.set(0, 'z')
x.add(1, 'ins')
println x
println x.swap(0,1)
println x.asImmutable()
try { [1].asImmutable() << 2 } catch (e) { println e.class.name }
try { Collections.unmodifiableList([1]).add(2) } catch (e) { println e.class.name }
try { def c = [1,2,3]; c.each { c << 1 } } catch (e) { println e }
try { [].first() } catch (e) { println e }
try { [].last() } catch (e) { println e.message }
try { [].pop() } catch (e) { println e }
try { [1,2].get(2) } catch (e) { println e }
try { [].max() ; println 'nomax' } catch (e) { println e }
println([1,2,3] == [1,2,3])
println([1,2,3] == [1L,2,3.0])
println([1,2].equals([1,2]))
println([1,2].hashCode() == [1,2].hashCode())
println([1,2].toString())
println([1,'a'].class.name)
println(([1,2] as Set).class.name)
println([1,2] as String[])
println(([1,2] as int[]).class.name)
println((['a'] as String[]).class.simpleName)
println([1,2,3].iterator().collect { it })
println(([1,2,3] as LinkedList).class.name)
def st = [] as Stack
st.push(1)
println st.peek()
println new ArrayList([3,4])
println([1,2,3].asList())
println((1..3).toList().class.name)
println((1..3).class.name)
println([1,2,3].toSet())
println([3,1,2] as TreeSet)
println(new TreeSet([3,1]).first())
println([1,2,3].each { }.size())
println([1,2,3,4].inject(0) { acc, v -> acc + v })
println([a:1].inject(0) { acc, k, v -> acc + v })
println([1,2,3].max { -it })
println(['a','bbb'].max { it.size() })
println(['a','bbb'].min { a, b -> a.size() <=> b.size() })
println([1,2,3].minus([1]).plus([9]))
println([1,2,3].multiply(2))
println([[1,2],[3,4]].collect { a, b -> a + b })
println([[1,2],[3,4]].each { a, b -> print a * b })
println([1,2].collect { [it, it] }.collectNested { it + 1 })
println([1,2,3].containsAll([1,2]))
println([1,2,3].lastIndexOf(3))
println([1,2,3].reverse(true))
println(['x','y'].indices)
println([4,5].withIndex().collect { v, i -> v * i })
println([1,2,3].tail().sum())
println([b:1,a:2].sort())
println([1,2,3,4,5].findIndexValues { it > 3 })
println([1,2,3].collect(['z']) { it })
